import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { StubUpstream } from '../support/stub-upstream.js';

const ADMIN_KEY = 'an-admin-key-of-the-operators-own-choice';
const SECRETS = 20;

describe('a server that is killed in the middle of a rotation of the vault', () => {
  it.each([false, true])('still has every secret, and can rotate again (reencrypt: %s)', async (reencrypt) => {
    const upstream = await StubUpstream.start();
    const dataDir = await temporaryDataDir('waggle-rotation-');
    const database = await startEmbeddedPostgres({ dir: join(dataDir, 'own'), isDurable: false });
    const start = (): ServerProcess =>
      startServerProcess({
        dataDir,
        env: {
          DATABASE_URL: database.url,
          WAGGLE_MASTER_KEY: '5a'.repeat(32),
          WAGGLE_BOOTSTRAP_ADMIN_KEY: ADMIN_KEY,
          WAGGLE_DEMO: '0',
        },
      });

    const first = start();
    const before = await first.ready;
    for (let i = 0; i < SECRETS; i++) {
      await admin(before, 'PUT', `/providers/by-name/p${i}`, {
        driver: 'openai-compatible',
        baseUrl: `${upstream.origin}/v1`,
        credential: { value: `sk-${i}` },
      });
    }
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select * from secret order by id desc limit 1 for update');
    const rotation = admin(before, 'POST', '/vault/rotate', { reencrypt }).catch((error: unknown) => error);
    await vi.waitUntil(async () => (await waitingFor(holder)) > 0, { timeout: 10_000 });
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await rotation).toBeInstanceOf(Error);
    await holder.query('rollback');
    await holder.end();

    const second = start();
    const after = await second.ready;
    expect(await credentialsSeen(after, upstream)).toEqual(expectedKeys());
    await admin(after, 'POST', '/vault/rotate', { reencrypt });
    expect(await credentialsSeen(after, upstream)).toEqual(expectedKeys());

    second.child.kill('SIGTERM');
    await second.ended;
    upstream.close();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
});

function expectedKeys(): string[] {
  return Array.from({ length: SECRETS }, (_, i) => `Bearer sk-${i}`);
}

/** What the upstream gets as credential when each provider is asked for its models. */
async function credentialsSeen(url: string, upstream: StubUpstream): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let i = 0; i < SECRETS; i++) {
    const { items } = (await admin(url, 'GET', `/providers?q=p${i}`)) as { items: { id: string; name: string }[] };
    const id = items.find(({ name }) => name === `p${i}`)?.id;
    const asked = admin(url, 'GET', `/providers/${id}/upstream-models`);
    const { request } = await upstream.reply(200, { object: 'list', data: [] });
    await asked;
    seen.push(request.headers.authorization);
  }
  return seen;
}

/** How many sessions wait for a lock that this one holds. */
async function waitingFor(holder: Client): Promise<number> {
  const { rows } = await holder.query<{ count: string }>(
    'select count(*) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
  );
  return Number(rows[0]?.count);
}

async function admin(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
