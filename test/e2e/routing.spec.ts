import { DataSource } from 'typeorm';
import { recordChanges } from '../../src/database/config-change.js';
import { ChangeLogCleaner } from '../../src/routing/change-log-cleaner.service.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentCredentials } from '../../src/snapshot/current-credentials.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { insertProfile } from '../support/profiles.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertTokens } from '../support/tokens.js';

const PASSWORD = 'correct horse battery';

describe('the compiled configuration', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp({ config: { WAGGLE_VAULT: 'password', WAGGLE_LOG_LEVEL: 'fatal' } });
    root = await createOwner(gateway);
    expect((await root.send('POST', '/admin/v1/vault/initialise', { password: PASSWORD })).status).toBe(200);
    return () => gateway.close();
  });

  const compiler = () => gateway.app.get(Compiler);
  const snapshot = () => gateway.app.get(CurrentSnapshot).get();
  const credentialOf = (providerId: string) => gateway.app.get(CurrentCredentials).use(providerId);
  const announce = (kind: 'token' | 'profile' | 'project', id: string) =>
    gateway.app.get(DataSource).transaction((manager) => recordChanges(manager, [{ kind, id }]));

  const create = async (path: string, body: object): Promise<string> => {
    const response = await root.send('POST', `/admin/v1/${path}`, body);
    const view = (await response.json()) as { id: string };
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view.id;
  };
  const createProvider = (name: string, apiKey?: string) =>
    create('providers', {
      name,
      driver: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:11434/v1',
      ...(apiKey && { credential: { value: apiKey } }),
    });

  it('follows providers and models, and shares what did not change', async () => {
    const providerId = await createProvider('followed');
    const modelId = await create('models', { provider: 'followed', upstreamId: 'm', operation: 'chat' });
    await compiler().refresh();
    const before = snapshot();
    expect(before.providers.get(providerId)).toMatchObject({ name: 'followed', origin: 'http://127.0.0.1:11434' });
    expect(before.models.get(modelId)).toMatchObject({ upstreamId: 'm', isEnabled: true });

    await root.send('PATCH', `/admin/v1/models/${modelId}`, { isEnabled: false });
    await compiler().refresh();
    expect(snapshot().models.get(modelId)?.isEnabled).toBe(false);
    expect(snapshot().providers).toBe(before.providers);
    expect(before.models.get(modelId)?.isEnabled).toBe(true);

    expect((await root.send('DELETE', `/admin/v1/models/${modelId}`)).status).toBe(204);
    expect((await root.send('DELETE', `/admin/v1/providers/${providerId}`)).status).toBe(204);
    await compiler().refresh();
    expect(snapshot().models.get(modelId)).toBeUndefined();
    expect(snapshot().providers.get(providerId)).toBeUndefined();
  });

  it('comes by itself, without anyone asking', async () => {
    const [token] = await insertTokens(gateway.database, root, 1);
    await announce('token', token?.id ?? '');
    await vi.waitFor(() => expect([...snapshot().tokens.values()].map(({ id }) => id)).toContain(token?.id));
  });

  it('moves a name from one profile to another', async () => {
    const [first, second] = [
      await insertProfile(gateway.database, root, 'moving'),
      await insertProfile(gateway.database, root, 'waiting'),
    ];
    await announce('profile', first);
    await announce('profile', second);
    await compiler().refresh();
    await gateway.database.query(`update profile_name set name = 'swap' where profile_id = $1`, [first]);
    await gateway.database.query(`update profile set name = 'swap' where id = $1`, [first]);
    await gateway.database.query(`update profile_name set name = 'moving' where profile_id = $1`, [second]);
    await gateway.database.query(`update profile set name = 'moving' where id = $1`, [second]);
    await announce('profile', second);
    await compiler().refresh(); // in whichever order they are heard of
    await announce('profile', first);
    await compiler().refresh();
    const idOf = (name: string) => snapshot().profileNames.get(`${root.projectId}/${name}`);
    expect([idOf('moving'), idOf('swap'), idOf('waiting')]).toEqual([second, first, undefined]);
  });

  it('drops a token whose row is gone altogether', async () => {
    const [token] = await insertTokens(gateway.database, root, 1);
    const isThere = () => [...snapshot().tokens.values()].some(({ id }) => id === token?.id);
    await announce('token', token?.id ?? '');
    await compiler().refresh();
    expect(isThere()).toBe(true);
    await gateway.database.query('delete from token where id = $1', [token?.id]);
    await announce('token', token?.id ?? '');
    await compiler().refresh();
    expect(isThere()).toBe(false);
  });

  it('reads everything when the log of changes does not reach back far enough', async () => {
    const [missed, last] = await insertTokens(gateway.database, root, 2);
    await announce('token', missed?.id ?? '');
    await gateway.database.query('update config_revision set revision = revision + 1');
    await gateway.database.query('delete from config_change');
    await announce('token', last?.id ?? '');
    await compiler().refresh();
    const ids = [...snapshot().tokens.values()].map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([missed?.id, last?.id]));
    expect(compiler().state.lastError).toBeNull();
  });

  it('forgets changes that are old', async () => {
    await gateway.database.query(`update config_change set at = now() - interval '2 hours'`);
    await announce('project', root.projectId);
    await vi.waitFor(async () => {
      await gateway.app.get(ChangeLogCleaner).clean(); // does nothing until this process leads
      expect(await gateway.database.query('select from config_change')).toHaveLength(1);
    });
  });

  it('stays as it is when a compile fails, says why, and goes on after', async () => {
    await compiler().refresh();
    const before = snapshot();
    await gateway.database.query('alter table token rename column digest to hidden');
    await announce('token', root.projectId);
    await compiler().refresh();
    expect(snapshot()).toBe(before);
    const shown = await (await root.send('GET', '/admin/v1/routing/snapshot')).json();
    expect(shown).toMatchObject({ revision: before.revision, lastError: { message: expect.stringMatching(/digest/) } });

    await gateway.database.query('alter table token rename column hidden to digest');
    await compiler().refresh();
    expect(snapshot().revision).toBeGreaterThan(before.revision);
    expect(compiler().state.lastError).toBeNull();
  });

  it('holds the credentials of providers, as they are now', async () => {
    const providerId = await createProvider('keyed', 'sk-first');
    await compiler().refresh();
    expect(credentialOf(providerId)).toEqual({ kind: 'present', value: 'sk-first' });

    await root.send('PATCH', `/admin/v1/providers/${providerId}`, { credential: { value: 'sk-second' } });
    await compiler().refresh();
    expect(credentialOf(providerId)).toEqual({ kind: 'present', value: 'sk-second' });

    await root.send('PATCH', `/admin/v1/providers/${providerId}`, { credential: null });
    await compiler().refresh();
    expect(credentialOf(providerId)).toEqual({ kind: 'missing' });
  });

  it('lets go of credentials at once when the vault locks, and takes them up again without a restart', async () => {
    const providerId = await createProvider('locked', 'sk-locked');
    await compiler().refresh();
    expect((await root.send('POST', '/admin/v1/vault/lock')).status).toBe(200);
    expect(credentialOf(providerId)).toEqual({ kind: 'locked' });
    await compiler().refresh();
    expect(credentialOf(providerId)).toEqual({ kind: 'locked' });

    expect((await root.send('POST', '/admin/v1/vault/unlock', { password: PASSWORD })).status).toBe(200);
    await vi.waitFor(() => expect(credentialOf(providerId)).toEqual({ kind: 'present', value: 'sk-locked' }));
  });

  it('is shown with its counts of the own tenant alone', async () => {
    const place = await createPlace(gateway);
    const response = await (
      await sendAs(gateway, 'owner', { tenantId: place.tenantId })
    )('GET', '/admin/v1/routing/snapshot');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ lastError: null, counts: { tokens: 0, profiles: 0, providers: 0 } });
    const operator = await sendAs(gateway, 'operator', place);
    expect((await operator('GET', '/admin/v1/routing/snapshot')).status).toBe(403);
  });
});

describe('admin/v1/routing/simulate', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let profileId: string;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    await root.send('POST', '/admin/v1/providers', {
      name: 'p',
      driver: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:11434/v1',
    });
    profileId = await insertProfile(gateway.database, root, 'simulated');
    for (const [position, body] of [{ isEnabled: false }, {}, { operation: 'embeddings' }].entries()) {
      const model = { provider: 'p', name: `m-${position}`, upstreamId: `up-${position}`, operation: 'chat', ...body };
      const { id } = (await (await root.send('POST', '/admin/v1/models', model)).json()) as { id: string };
      await gateway.database.query(
        `insert into profile_target (id, profile_id, model_id, position, weight, priority, is_enabled)
         values (gen_random_uuid(), $1, $2, $3, 1, 0, true)`,
        [profileId, id, position],
      );
    }
    await gateway.app
      .get(DataSource)
      .transaction((manager) => recordChanges(manager, [{ kind: 'profile', id: profileId }]));
    return () => gateway.close();
  });

  it('shows where a request would go and why not elsewhere', async () => {
    const response = await root.send('POST', '/admin/v1/routing/simulate', {
      profile: 'simulated',
      project: 'default',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      profileId,
      operation: 'chat',
      candidates: [{ modelName: 'm-1', upstreamId: 'up-1', providerName: 'p' }],
      rejected: [
        { modelName: 'm-0', reason: 'model_disabled' },
        { modelName: 'm-2', reason: 'operation_mismatch' },
      ],
    });
  });

  it('plans for another operation when it is asked to', async () => {
    const body = { profile: profileId, project: 'default', operation: 'embeddings' };
    const response = await root.send('POST', '/admin/v1/routing/simulate', body);
    expect(await response.json()).toMatchObject({ candidates: [{ modelName: 'm-2' }] });
  });

  it('knows no profile of another project or tenant', async () => {
    const other = await createProject(gateway.database, root.tenantId);
    const neighbour = await sendAs(gateway, 'viewer', { tenantId: root.tenantId, projectId: other });
    const stranger = await sendAs(gateway, 'owner', await createPlace(gateway));
    for (const send of [neighbour, stranger]) {
      for (const profile of ['simulated', profileId]) {
        const response = await send('POST', '/admin/v1/routing/simulate', { profile });
        expect(response.status).toBe(404);
      }
    }
    expect((await root.send('POST', '/admin/v1/routing/simulate', {})).status).toBe(400);
  });
});
