import { unwatchFile } from 'node:fs';
import { chmod, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderCredentials } from '../../src/providers/provider-credentials.service.js';
import { createAdminKey, createPlace, sendWith, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface View {
  id: string;
  name: string;
  isEnabled: boolean;
}

const MASTER_KEY = '5a'.repeat(32);

const definition = (name: string, more: object = {}) => ({
  name,
  driver: 'openai-compatible',
  baseUrl: 'http://127.0.0.1:8000/v1',
  ...more,
});

describe('providers that a file or the environment defines', () => {
  let folder: string;
  let file: string;
  let database: TestDatabase;
  let key: string;
  const gateways: TestApp[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waggle-providers-'));
    file = join(folder, 'providers.json');
    database = await createTestDatabase();
    const { tenantId } = await createPlace({ database } as TestApp, { name: 'default', isRoot: true });
    key = await createAdminKey({ database } as TestApp, { tenantId, role: 'owner' });
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const write = (...providers: object[]) => writeFile(file, JSON.stringify({ providers }), { mode: 0o600 });

  const start = async (config: NodeJS.ProcessEnv): Promise<{ gateway: TestApp; send: Send }> => {
    const gateway = await startTestApp({ database, config: { WAGGLE_MASTER_KEY: MASTER_KEY, ...config } });
    gateways.push(gateway);
    return { gateway, send: sendWith(gateway, key) };
  };

  const fromFile = () => start({ WAGGLE_PROVIDERS_FILE: file });

  const list = async (send: Send): Promise<View[]> =>
    ((await (await send('GET', '/admin/v1/providers')).json()) as { items: View[] }).items;

  const names = async (send: Send) => (await list(send)).map(({ name }) => name);

  it('are served, with their origin and without their credential', async () => {
    await write(definition('hosted', { apiKey: 'sk-in-file', catalogueProvider: 'openai' }), definition('open'));
    const { send, gateway } = await fromFile();

    const views = await list(send);
    expect(views).toMatchObject([
      {
        name: 'hosted',
        source: 'file',
        origin: file,
        catalogueProvider: 'openai',
        credential: { kind: 'reference', reference: 'source:hosted' },
      },
      { name: 'open', credential: { kind: 'none' } },
    ]);
    const rows = await database.query<{ text: string }>(
      `select (select string_agg(p::text, ' ') from provider p) || (select string_agg(a::text, ' ') from audit_entry a) as text`,
    );
    expect(JSON.stringify([views, rows])).not.toContain('sk-in-file');
    expect(await gateway.app.get(ProviderCredentials).openReference('source:hosted')).toBe('sk-in-file');
  });

  it('come from the environment too, where the file wins', async () => {
    await write(definition('both', { baseUrl: 'http://127.0.0.1:8001/v1' }));
    const environment = JSON.stringify({
      both: { base_url: 'http://127.0.0.1:8002/v1' },
      hive: { base_url: 'http://127.0.0.1:8003/v1', api_key: 'sk-env', timeout: 300_000 },
    });
    const { send } = await start({ WAGGLE_PROVIDERS_FILE: file, WAGGLE_PROVIDERS: environment });
    expect(await list(send)).toMatchObject([
      { name: 'both', source: 'file', baseUrl: 'http://127.0.0.1:8001/v1' },
      { name: 'hive', source: 'environment', origin: 'WAGGLE_PROVIDERS', timeouts: { totalMs: 300_000 } },
    ]);
  });

  it('are read-only through the API', async () => {
    await write(definition('fixed'));
    const { send } = await fromFile();
    const [provider] = await list(send);
    const path = `/admin/v1/providers/${provider?.id}`;
    const { name: _, ...body } = definition('fixed');
    for (const answer of [
      await send('PATCH', path, { isEnabled: false }),
      await send('DELETE', path),
      await send('PUT', '/admin/v1/providers/by-name/fixed', body),
    ]) {
      expect(await answer.json()).toMatchObject({
        status: 409,
        code: 'provider.read_only',
        details: { origin: file },
      });
    }
  });

  it('follow the file when it changes, keep their ids, and go with it', async () => {
    await write(definition('kept'), definition('dropped'));
    const { send } = await fromFile();
    const before = await list(send);
    await write(definition('kept', { isEnabled: false }), definition('added'));

    await vi.waitFor(async () => expect(await names(send)).toEqual(['added', 'kept']), { timeout: 10_000 });
    const kept = (await list(send)).find(({ name }) => name === 'kept');
    expect(kept).toMatchObject({ id: before.find(({ name }) => name === 'kept')?.id, isEnabled: false, version: 2 });
  });

  it('follow a file that is replaced by a link, as mounted secrets are', async () => {
    const [old, next] = [join(folder, 'old.json'), join(folder, 'next.json')];
    await writeFile(old, JSON.stringify([definition('old')]), { mode: 0o600 });
    await writeFile(next, JSON.stringify([definition('next')]), { mode: 0o600 });
    await symlink(old, file);
    const { send } = await fromFile();
    await symlink(next, `${file}.new`);
    await rename(`${file}.new`, file);
    await vi.waitFor(async () => expect(await names(send)).toEqual(['next']), { timeout: 10_000 });
  });

  it('are read again on SIGHUP', async () => {
    await write(definition('first'));
    const { send } = await fromFile();
    unwatchFile(file);
    await write(definition('second'));
    process.kill(process.pid, 'SIGHUP');
    await vi.waitFor(async () => expect(await names(send)).toEqual(['second']), { timeout: 10_000 });
  });

  it('tell the data plane when only a credential changed, and write nothing when nothing did', async () => {
    await write(definition('rotated', { apiKey: 'sk-1' }), definition('same'));
    const { send, gateway } = await fromFile();
    const [rotated, same] = await list(send);
    const changesOf = async (view: View | undefined) =>
      (await database.query(`select 1 from config_change where entity_id = $1`, [view?.id])).length;
    expect(await changesOf(rotated)).toBe(1);

    await write(definition('rotated', { apiKey: 'sk-2' }), definition('same'));
    await vi.waitFor(async () => expect(await changesOf(rotated)).toBe(2), { timeout: 10_000 });
    expect(await changesOf(same)).toBe(1);
    expect(await gateway.app.get(ProviderCredentials).openReference('source:rotated')).toBe('sk-2');

    await fromFile();
    expect(await changesOf(rotated)).toBe(2);
  });

  it('stay, disabled, while models need them', async () => {
    await write(definition('needed', { apiKey: 'sk-1' }));
    const { send } = await fromFile();
    const model = await send('POST', '/admin/v1/models', { provider: 'needed', upstreamId: 'm', operation: 'chat' });
    const { id } = (await model.json()) as View;
    await write();
    await vi.waitFor(async () => expect(await list(send)).toMatchObject([{ isEnabled: false }]), { timeout: 10_000 });
    expect(await list(send)).toMatchObject([{ name: 'needed', credential: { kind: 'none' } }]);

    await send('DELETE', `/admin/v1/models/${id}`);
    await write(definition('other'));
    await vi.waitFor(async () => expect(await names(send)).toEqual(['other']), { timeout: 10_000 });
  });

  it('never take the place of one that is managed', async () => {
    const { send: before } = await start({});
    await before('POST', '/admin/v1/providers', definition('mine', { baseUrl: 'http://127.0.0.1:9999/v1' }));
    await write(definition('mine'), definition('other'));
    const { send } = await fromFile();
    expect(await list(send)).toMatchObject([
      { name: 'mine', source: 'managed', baseUrl: 'http://127.0.0.1:9999/v1' },
      { name: 'other', source: 'file' },
    ]);
  });

  it('stop the start when others can read the file, or it is wrong or missing', async () => {
    await write(definition('open'));
    await chmod(file, 0o640);
    await expect(fromFile()).rejects.toThrow('0600');
    await chmod(file, 0o600);
    await writeFile(file, '{ "providers": [{ "name": "x" }] }');
    await expect(fromFile()).rejects.toThrow('provider "x"');
    await rm(file);
    await expect(fromFile()).rejects.toThrow('can not be read');
  });

  it('stay as they were when the file becomes wrong', async () => {
    await write(definition('good'));
    const { send } = await fromFile();
    await writeFile(file, 'not json');
    process.kill(process.pid, 'SIGHUP');
    await write(definition('better'));
    process.kill(process.pid, 'SIGHUP');
    await vi.waitFor(async () => expect(await names(send)).toEqual(['better']), { timeout: 10_000 });
    await chmod(file, 0o644);
    process.kill(process.pid, 'SIGHUP');
    expect(await names(send)).toEqual(['better']);
  });

  it('are there once with several processes on one database', async () => {
    await write(definition('one'), definition('two'));
    const [first] = await Promise.all([fromFile(), fromFile(), fromFile()]);
    expect(await names(first.send)).toEqual(['one', 'two']);
    expect(await database.query(`select 1 from audit_entry where action = 'provider.created'`)).toHaveLength(2);
  });
});
