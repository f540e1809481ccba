import { PERMISSIONS, ROLES, type Grant } from '../common/http/permissions.js';
import { includesGrant, projectsWith, ROLE_PERMISSIONS } from './roles.js';

const wide = (role: Grant['role']): Grant => ({ role, projectId: null });
const inA = (role: Grant['role']): Grant => ({ role, projectId: 'a' });

describe('roles', () => {
  it('form a ladder: each has all that the next one has, and more', () => {
    ROLES.slice(1).forEach((lower, index) => {
      const higher = ROLE_PERMISSIONS[ROLES[index]!];
      expect(higher.size).toBeGreaterThan(ROLE_PERMISSIONS[lower].size);
      for (const permission of ROLE_PERMISSIONS[lower]) expect(higher).toContain(permission);
    });
  });

  it('let a viewer write nothing and see no secrets, keys or payloads', () => {
    const rights = [...ROLE_PERMISSIONS.viewer];
    expect(rights.filter((permission) => permission.endsWith(':write'))).toEqual([]);
    expect(rights).not.toContain('payloads:read');
    expect(rights).not.toContain('secrets:read');
  });

  it('let an owner do everything', () => {
    expect([...ROLE_PERMISSIONS.owner]).toEqual([...PERMISSIONS]);
  });
});

describe(projectsWith.name, () => {
  it.each<[string, Grant[], 'all' | string[]]>([
    ['a role in the whole tenant reaches all projects', [wide('operator')], 'all'],
    ['a role in one project reaches that one', [inA('operator')], ['a']],
    ['a role that lacks the permission reaches none', [wide('viewer')], []],
    ['a wide viewer who operates one project writes there alone', [wide('viewer'), inA('operator')], ['a']],
    ['no role reaches none', [], []],
  ])('%s', (_, grants, expected) => {
    expect(projectsWith(grants, 'models:write', true)).toEqual(expected);
  });

  it('gives what all tenants share to the root tenant alone', () => {
    expect(projectsWith([wide('owner')], 'tenants:write', true)).toBe('all');
    expect(projectsWith([wide('owner')], 'tenants:write', false)).toEqual([]);
  });

  it('gives what no project owns to nobody who has a project only', () => {
    expect(projectsWith([inA('owner')], 'vault:read', true)).toEqual([]);
  });
});

describe(includesGrant.name, () => {
  it.each<[boolean, Grant[], Grant]>([
    [true, [wide('admin')], wide('admin')],
    [true, [wide('admin')], inA('viewer')],
    [false, [wide('admin')], wide('owner')],
    [false, [wide('admin')], inA('owner')],
    [true, [inA('admin')], inA('operator')],
    [false, [inA('admin')], wide('viewer')],
    [false, [inA('admin')], { role: 'viewer', projectId: 'b' }],
    [true, [wide('viewer'), inA('owner')], inA('owner')],
    [false, [], inA('viewer')],
  ])('is %s for %j handing out %j', (expected, held, wanted) => {
    expect(includesGrant(held, wanted)).toBe(expected);
  });
});
