import { newId } from '../../src/common/ids.js';
import { ANSWER } from '../support/chat-fixtures.js';
import { createOwner, type Place, type Send } from '../support/principals.js';
import { insertProfile } from '../support/profiles.js';
import { StubUpstream } from '../support/stub-upstream.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertTokens } from '../support/tokens.js';

const PASSWORD = 'correct horse battery';
const NEXT_PASSWORD = 'staple battery horse';
const KEY = 'sk-needle-in-the-vault';

describe('a relay that needs a credential of the vault', () => {
  let gateway: TestApp;
  let upstream: StubUpstream;
  let root: Place & { send: Send };
  let token: string;
  let providerId: string;

  beforeAll(async () => {
    upstream = await StubUpstream.start();
    gateway = await startTestApp({ config: { WAGGLE_VAULT: 'password' } });
    root = await createOwner(gateway);
    await post('vault/initialise', { password: PASSWORD });
    const provider = { name: 'stub', driver: 'openai-compatible', baseUrl: `${upstream.origin}/v1` };
    providerId = (await post('providers', { ...provider, credential: { value: KEY } })).id;
    await route();
    return async () => {
      await gateway.close();
      upstream.close();
    };
  });

  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await root.send('POST', `/admin/v1/${path}`, body);
    const answer = (await response.json()) as { id: string };
    expect(response.status, JSON.stringify(answer)).toBeLessThan(300);
    return answer;
  };

  /** A profile with one target, and a token for it; the write of the model announces them. */
  async function route(): Promise<void> {
    const profileId = await insertProfile(gateway.database, root, 'm');
    token = (await insertTokens(gateway.database, root, 1))[0]?.text ?? '';
    const { id: modelId } = await post('models', { provider: 'stub', upstreamId: 'upstream-m', operation: 'chat' });
    await gateway.database.query(
      `with target as (insert into profile_target (id, profile_id, model_id, position, weight, priority, is_enabled)
                       values ($1, $2, $3, 0, 1, 0, true)),
            next as (update config_revision set revision = revision + 1 returning revision)
       insert into config_change (revision, kind, entity_id)
       select revision, kind, id from next, (values ('profile', $2::uuid),
         ('token', (select id from token limit 1))) as changed (kind, id)`,
      [newId(), profileId, modelId],
    );
    await vi.waitFor(async () => expect((await modelNames()).includes('m')).toBe(true), { timeout: 5000 });
  }

  const modelNames = async (): Promise<string[]> => {
    const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    const { data = [] } = (await response.json()) as { data?: { id: string }[] };
    return data.map(({ id }) => id);
  };

  const chat = (): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
    });

  const expectServed = async (): Promise<void> => {
    const answer = chat();
    const { request } = await upstream.reply(200, ANSWER);
    expect(request.headers.authorization).toBe(`Bearer ${KEY}`);
    expect((await answer).status).toBe(200);
  };

  it('sends the credential upstream while the vault is unlocked', expectServed);

  it('answers 503 while it is locked, does not call upstream, and serves again after it was unlocked', async () => {
    await post('vault/lock', {});
    const calls = upstream.calls;
    const refused = await chat();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ error: { code: 'vault_locked', type: 'server_error' } });
    expect(upstream.calls).toBe(calls);
    expect((await root.send('POST', '/admin/v1/secrets', { name: 'late', value: 'x' })).status).toBe(423);

    await post('vault/unlock', { password: PASSWORD });
    await vi.waitFor(async () => expect(await isLocked()).toBe(false), { timeout: 5000 });
    await expectServed();
  });

  it('never stops serving while the vault is rotated', async () => {
    await post('vault/rotate', { password: NEXT_PASSWORD, currentPassword: PASSWORD, reencrypt: true });
    for (let call = 0; call < 20; call++) await expectServed();
  });

  it('counts the uses of the secret', async () => {
    const uses = `select use_count::integer as uses from secret where id = (select secret_id from provider where id = $1)`;
    await vi.waitFor(
      async () => {
        const [row] = await gateway.database.query<{ uses: number }>(uses, [providerId]);
        expect(row?.uses).toBeGreaterThanOrEqual(22);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  it('keeps the credential and the passwords out of the tables and every answer', async () => {
    const tables = ['audit_entry', 'secret', 'provider', 'vault_key', 'config_change'];
    const rows = await Promise.all(
      tables.map((table) =>
        gateway.database.query<{ text: string }>(`select row_to_json(t)::text as text from ${table} t`),
      ),
    );
    const answers = await Promise.all(
      ['vault', 'secrets', 'providers', `providers/${providerId}`, 'audit'].map(async (path) =>
        (await root.send('GET', `/admin/v1/${path}`)).text(),
      ),
    );
    const everything = [...rows.flat().map(({ text }) => text), ...answers].join('\n');
    for (const secret of [KEY, PASSWORD, NEXT_PASSWORD]) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
  });

  /** Whether a call would be refused; one that is not is answered. */
  async function isLocked(): Promise<boolean> {
    const calls = upstream.calls;
    const answer = chat();
    const isRefused = answer.then(({ status }) => status === 503);
    const isCalled = vi.waitUntil(() => upstream.calls > calls, { timeout: 2000 }).then(() => false);
    const locked = await Promise.race([isRefused, isCalled]);
    if (!locked) await upstream.reply(200, ANSWER);
    await answer;
    return locked;
  }
});
