import { readFile } from 'node:fs/promises';
import { PERMISSIONS, ROLES } from '../../src/common/http/permissions.js';
import { projectsWith, ROLE_PERMISSIONS } from '../../src/identity/roles.js';

function row(permission: (typeof PERMISSIONS)[number]): string {
  const owner = { role: 'owner' } as const;
  const isRootOnly = projectsWith([{ ...owner, projectId: null }], permission, false).length === 0;
  const isWide = projectsWith([{ ...owner, projectId: 'p' }], permission, true).length === 0;
  const notes = `${isRootOnly ? '¹' : ''}${isWide ? '²' : ''}`;
  const cells = ROLES.map((role) => (ROLE_PERMISSIONS[role].has(permission) ? '●' : ''));
  return [`\`${permission}\`${notes && ` ${notes}`}`, ...cells].join('|');
}

describe('docs/access.md', () => {
  it('shows what each role may do', async () => {
    const text = await readFile('docs/access.md', 'utf8');
    const table = text.split('<!-- roles: begin')[1]!.split('<!-- roles: end')[0]!;
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
          .join('|'),
      );
    expect(rows).toEqual(PERMISSIONS.map(row));
  });
});
