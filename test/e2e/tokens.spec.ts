import { parseCredential } from '../../src/common/credential.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import type { TokenEntry } from '../../src/snapshot/snapshot.js';
import { TokenUses } from '../../src/snapshot/token-uses.js';
import { TokenLastUsed } from '../../src/tokens/token-last-used.service.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { insertProfile } from '../support/profiles.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  publicId: string;
  status: string;
  token: string | null;
  profiles: { id: string; name: string }[] | null;
  version: number;
}

interface Page {
  items: View[];
  nextCursor: string | null;
}

const tokens = '/admin/v1/tokens';

describe('admin/v1/tokens', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let chat: string;
  let counter = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    chat = await insertProfile(gateway.database, root, 'chat');
    await insertProfile(gateway.database, root, 'embed');
    return () => gateway.close();
  });

  const json = async <T = View>(response: Promise<Response> | Response): Promise<T> =>
    (await (await response).json()) as T;
  const issue = async (body: object = {}): Promise<View> => {
    const response = await root.send('POST', `${tokens}?project=default`, { name: `token-${counter++}`, ...body });
    expect(response.status).toBe(201);
    return json(response);
  };
  const compiled = async ({ publicId }: View): Promise<TokenEntry | undefined> => {
    await gateway.app.get(Compiler).refresh();
    return gateway.app.get(CurrentSnapshot).get().tokens.get(publicId);
  };

  it('issues a token for the whole project, with its text this once', async () => {
    const issued = await issue({ name: ' checkout service ' });
    expect(issued).toMatchObject({ name: 'checkout service', status: 'active', profiles: null, scopes: null });
    expect(parseCredential(issued.token ?? '')).toMatchObject({ prefix: 'wgl', publicId: issued.publicId });

    const response = await root.send('GET', `${tokens}/${issued.id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    const text = await response.text();
    expect(text).not.toContain(issued.token);
    expect(text).not.toMatch(/digest/i);
  });

  it('keeps neither the text nor its digest in the audit trail', async () => {
    const { id, token } = await issue();
    const entries = await gateway.database.query<{ action: string; after: object }>(
      `select action, after from audit_entry where target_id = $1`,
      [id],
    );
    expect(entries.map(({ action }) => action)).toEqual(['token.issued']);
    const shown = JSON.stringify(entries);
    expect(shown).not.toContain(parseCredential(token ?? '')?.digest);
    expect(shown).not.toContain(token);
  });

  it('binds a token to profiles by name or id, and compiles all it may do', async () => {
    const issued = await issue({
      profiles: ['embed', chat],
      scopes: ['chat', 'embeddings'],
      allowedAddresses: ['10.0.0.0/8', '::1'],
      metadata: { team: 'search' },
      expiresAt: '2100-01-01T00:00:00.000Z',
    });
    expect(issued.profiles?.map(({ name }) => name)).toEqual(['chat', 'embed']);

    const entry = await compiled(issued);
    expect(entry).toMatchObject({
      id: issued.id,
      digest: parseCredential(issued.token ?? '')?.digest,
      projectId: root.projectId,
      previousDigest: null,
      expiresAt: Date.parse('2100-01-01T00:00:00.000Z'),
      metadata: { team: 'search' },
    });
    expect(entry?.profileIds).toEqual(new Set(issued.profiles?.map(({ id }) => id)));
    expect(entry?.scopes).toEqual(new Set(['chat', 'embeddings']));
    expect(entry?.allowedAddresses).toEqual([
      [Uint8Array.from([10, 0, 0, 0]), 8],
      [Uint8Array.from([...Array(15).fill(0), 1]), 128],
    ]);
  });

  it('compiles a plain token as one without limits', async () => {
    expect(await compiled(await issue())).toMatchObject({
      scopes: null,
      profileIds: null,
      allowedAddresses: null,
      expiresAt: Infinity,
      metadata: {},
      allowsHints: false,
      allowsDirectives: false,
      allowsWildcard: false,
    });
  });

  it('lets calls say how they wish to be routed, and go to the wildcard, until that is taken back', async () => {
    const token = await issue({ allowsHints: true, allowsWildcard: true });
    expect(token).toMatchObject({ allowsHints: true, allowsWildcard: true });
    expect(await compiled(token)).toMatchObject({ allowsHints: true, allowsWildcard: true });
    const response = await root.send('PATCH', `/admin/v1/tokens/${token.id}`, { allowsHints: false });
    expect(await response.json()).toMatchObject({ allowsHints: false, allowsWildcard: true });
    expect(await compiled(token)).toMatchObject({ allowsHints: false, allowsWildcard: true });
  });

  it.each([
    ['no name', { name: undefined }, 'name'],
    ['a name with control characters', { name: 'a\u0007b' }, 'name'],
    ['an unknown scope', { scopes: ['dance'] }, 'scopes'],
    ['no scope at all', { scopes: [] }, 'scopes'],
    ['a host name for an address', { allowedAddresses: ['localhost'] }, 'allowedAddresses'],
    ['metadata that is not flat', { metadata: { a: { b: 'c' } } }, 'metadata'],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) },
      'metadata',
    ],
    ['a date that is none', { expiresAt: 'soon' }, 'expiresAt'],
    ['a digest of its own', { digest: 'x' }, 'digest'],
    ['a project in the body', { projectId: 'x' }, 'projectId'],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', tokens, { name: 'wrong', ...body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'request.invalid', details: { issues: [{ path }] } });
  });

  it('refuses an expiry that has passed, and a profile of another project', async () => {
    const past = await root.send('POST', `${tokens}?project=default`, {
      name: 'past',
      expiresAt: '2020-01-01T00:00:00.000Z',
    });
    expect([past.status, (await json<{ code: string }>(past)).code]).toEqual([400, 'token.expiry_passed']);

    const elsewhere = await createProject(gateway.database, root.tenantId);
    const foreign = await insertProfile(gateway.database, { ...root, projectId: elsewhere }, 'foreign');
    for (const profile of ['foreign', foreign, 'missing']) {
      const response = await root.send('POST', `${tokens}?project=default`, { name: 'bound', profiles: [profile] });
      expect([response.status, (await json<{ code: string }>(response)).code]).toEqual([404, 'profile.not_found']);
    }
  });

  it('keeps names unique among tokens that are not revoked', async () => {
    const place = { name: 'unique' };
    const { id } = await json(root.send('POST', `${tokens}?project=default`, place));
    const second = await root.send('POST', `${tokens}?project=default`, place);
    expect([second.status, (await json<{ code: string }>(second)).code]).toEqual([409, 'token.name_taken']);

    await root.send('POST', `${tokens}/${id}/revoke`);
    expect((await root.send('POST', `${tokens}?project=default`, place)).status).toBe(201);
  });

  it('changes only what is sent, and counts the version up also for profiles alone', async () => {
    const { id } = await json(root.send('POST', `${tokens}?project=default`, { name: 'changing', scopes: ['chat'] }));
    const first = await json(root.send('PATCH', `${tokens}/${id}`, { profiles: ['chat'] }));
    expect(first).toMatchObject({
      name: 'changing',
      scopes: ['chat'],
      profiles: [{ id: chat, name: 'chat' }],
      version: 2,
    });
    const second = await json(root.send('PATCH', `${tokens}/${id}`, { profiles: null, scopes: null }));
    expect(second).toMatchObject({ profiles: null, scopes: null, version: 3 });
    expect((await root.send('PATCH', `${tokens}/${id}`, { name: null })).status).toBe(400);
  });

  it('refuses a change by someone who saw an older version', async () => {
    const { id } = await json(root.send('POST', `${tokens}?project=default`, { name: 'contended' }));
    const asFirst = { headers: { 'if-match': '"1"' } };
    expect((await root.send('PATCH', `${tokens}/${id}`, { isEnabled: false }, asFirst)).status).toBe(200);
    expect((await root.send('PATCH', `${tokens}/${id}`, { isEnabled: true }, asFirst)).status).toBe(412);
    expect((await root.send('POST', `${tokens}/${id}/rotate`, {}, asFirst)).status).toBe(412);
  });

  it('lets a disabled token rest until it is enabled again', async () => {
    const issued = await json(root.send('POST', `${tokens}?project=default`, { name: 'resting' }));
    expect(await json(root.send('PATCH', `${tokens}/${issued.id}`, { isEnabled: false }))).toMatchObject({
      status: 'disabled',
    });
    expect(await compiled(issued)).toBeUndefined();
    await root.send('PATCH', `${tokens}/${issued.id}`, { isEnabled: true });
    expect(await compiled(issued)).toMatchObject({ id: issued.id });
  });

  it('rotates: the new text works at once, the old one for the overlap, the one before that no more', async () => {
    const issued = await json(root.send('POST', `${tokens}?project=default`, { name: 'rotating' }));
    const digestOf = ({ token }: View) => parseCredential(token ?? '')?.digest;
    const overlapping = await json(root.send('POST', `${tokens}/${issued.id}/rotate`, { overlapSeconds: 60 }));
    expect(overlapping.publicId).toBe(issued.publicId);
    const entry = await compiled(issued);
    expect(entry).toMatchObject({ digest: digestOf(overlapping), previousDigest: digestOf(issued) });
    expect(entry?.previousUntil).toBeGreaterThan(Date.now() + 50_000);
    expect(entry?.previousUntil).toBeLessThan(Date.now() + 70_000);

    const second = await json(root.send('POST', `${tokens}/${issued.id}/rotate`, { overlapSeconds: 60 }));
    expect(await compiled(issued)).toMatchObject({ digest: digestOf(second), previousDigest: digestOf(overlapping) });

    const last = await json(root.send('POST', `${tokens}/${issued.id}/rotate`, {}));
    expect(await compiled(issued)).toMatchObject({ digest: digestOf(last), previousDigest: null, previousUntil: 0 });
  });

  it('revokes for good', async () => {
    const issued = await json(root.send('POST', `${tokens}?project=default`, { name: 'ending', profiles: ['chat'] }));
    expect(await json(root.send('POST', `${tokens}/${issued.id}/revoke`))).toMatchObject({ status: 'revoked' });
    expect(await compiled(issued)).toBeUndefined();
    for (const [method, path, body] of [
      ['PATCH', '', { isEnabled: true }],
      ['POST', '/rotate', {}],
    ] as const) {
      const response = await root.send(method, `${tokens}/${issued.id}${path}`, body);
      expect([response.status, (await json<{ code: string }>(response)).code]).toEqual([409, 'token.revoked']);
    }
    expect((await root.send('POST', `${tokens}/${issued.id}/revoke`)).status).toBe(200);
  });

  it('issues by name once, and changes it the next time without showing its text', async () => {
    const path = `${tokens}/by-name/ci%2Frelease?project=default`;
    const first = await root.send('PUT', path, { scopes: ['chat'] });
    expect(first.status).toBe(201);
    const { token, publicId } = await json(first);
    expect(token).toMatch(/^wgl_/);
    const second = await root.send('PUT', path, { metadata: { team: 'ci' } });
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ token: null, publicId, scopes: ['chat'], metadata: { team: 'ci' } });
    expect(await json(root.send('GET', path))).toMatchObject({ publicId });
    expect((await root.send('PUT', path, {}, { headers: { 'if-match': '"1"' } })).status).toBe(412);
  });

  it('issues one token when many put the same name at once', async () => {
    const put = () => root.send('PUT', `${tokens}/by-name/raced?project=default`, { scopes: ['chat'] });
    const answers = await Promise.all([put(), put(), put(), put()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
    const views = await Promise.all(answers.map((answer) => json(answer)));
    expect(new Set(views.map(({ id }) => id)).size).toBe(1);
    expect(views.filter(({ token }) => token !== null)).toHaveLength(1);
  });

  it('lists newest first by project, profile, status and text, a page at a time', async () => {
    const place = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', place);
    await insertProfile(gateway.database, place, 'mine');
    await insertProfile(gateway.database, place, 'other');
    for (const [name, profiles] of [
      ['a', ['mine']],
      ['b', ['other']],
      ['c', null],
    ] as const) {
      await send('POST', tokens, { name, profiles });
    }
    const names = async (query: string) =>
      (await json<Page>(send('GET', `${tokens}?${query}`))).items.map(({ name }) => name);
    expect(await names('')).toEqual(['c', 'b', 'a']);
    expect(await names('profile=mine')).toEqual(['c', 'a']);
    expect(await names('profile=none')).toEqual([]);
    expect(await names('q=B')).toEqual(['b']);
    expect(await names('status=active&project=default')).toEqual(['c', 'b', 'a']);
    expect(await names('status=revoked')).toEqual([]);
    expect((await send('GET', `${tokens}?project=elsewhere`)).status).toBe(404);

    const first = await json<Page>(send('GET', `${tokens}?limit=2`));
    const second = await json<Page>(send('GET', `${tokens}?limit=2&cursor=${first.nextCursor}`));
    expect([first, second].map(({ items }) => items.length)).toEqual([2, 1]);
    expect(second.nextCursor).toBeNull();
    expect((await send('GET', `${tokens}?cursor=nonsense`)).status).toBe(400);
  });

  it('shows a viewer all and lets it change nothing; hides tokens from other projects and tenants', async () => {
    const { id } = await json(root.send('POST', `${tokens}?project=default`, { name: 'guarded' }));
    const viewer = await sendAs(gateway, 'viewer', root);
    expect((await viewer('GET', `${tokens}/${id}`)).status).toBe(200);
    expect((await viewer('POST', tokens, { name: 'x' })).status).toBe(403);
    expect((await viewer('POST', `${tokens}/${id}/revoke`)).status).toBe(403);

    const neighbour = await sendAs(gateway, 'admin', {
      tenantId: root.tenantId,
      projectId: await createProject(gateway.database, root.tenantId),
    });
    const stranger = await sendAs(gateway, 'owner', await createPlace(gateway));
    for (const send of [neighbour, stranger]) {
      const tries: [string, string, object?][] = [
        ['GET', ''],
        ['PATCH', '', { isEnabled: false }],
        ['POST', '/rotate', {}],
        ['POST', '/revoke'],
      ];
      for (const [method, path, body] of tries) {
        expect((await send(method, `${tokens}/${id}${path}`, body)).status).toBe(404);
      }
      expect((await json<Page>(send('GET', tokens))).items).toEqual([]);
    }
  });

  it('writes down the last use of a token, and never goes back', async () => {
    const { id } = await json(root.send('POST', `${tokens}?project=default`, { name: 'used' }));
    const [uses, lastUsed] = [gateway.app.get(TokenUses), gateway.app.get(TokenLastUsed)];
    for (const at of ['2026-11-01T10:00:00.000Z', '2026-11-01T09:00:00.000Z']) {
      uses.note(id, Date.parse(at));
      await lastUsed.flush();
    }
    expect(await json(root.send('GET', `${tokens}/${id}`))).toMatchObject({ lastUsedAt: '2026-11-01T10:00:00.000Z' });
  });

  it('is seen to be used when the relay lets it in, and not when it does not', async () => {
    const issued = await json(root.send('POST', `${tokens}?project=default`, { name: 'relayed' }));
    const wrong = issued.token?.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    const lastUsedAt = async () => {
      await gateway.app.get(TokenLastUsed).flush();
      return (await json<{ lastUsedAt: string | null }>(root.send('GET', `${tokens}/${issued.id}`))).lastUsedAt;
    };
    const models = (text = '') =>
      gateway.send('GET', '/v1/models', undefined, { headers: { authorization: `Bearer ${text}` } });
    await compiled(issued);
    expect((await models(wrong)).status).toBe(401);
    expect(await lastUsedAt()).toBeNull();
    expect((await models(issued.token ?? '')).status).toBe(200);
    expect(await lastUsedAt()).toEqual(expect.any(String));
  });
});
