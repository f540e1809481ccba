import { execFile, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { temporaryDataDir } from '../support/data-dir.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

const run = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('Skipped, since there is no curl here: the calls that the first start prints');

describe.runIf(hasCurl)('the first start, with no settings at all', () => {
  let dataDir: string;
  const started: ServerProcess[] = [];

  beforeAll(async () => void (dataDir = await temporaryDataDir('waggle-demo-')));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));
  afterEach(async () => {
    for (const server of started.splice(0)) {
      server.child.kill('SIGTERM');
      await server.ended;
    }
  });

  /** Starts it and waits until it has said `last`. */
  async function start(last: string): Promise<string> {
    const server = startServerProcess({ dataDir });
    started.push(server);
    await server.ready;
    await vi.waitUntil(() => server.output().includes(last), { timeout: 5000 });
    return server.output();
  }

  it('prints calls that work when pasted, plain and streamed, and a password that signs in', async () => {
    const output = await start('"stream":true');
    const [plain, streamed] = output.split('\n').filter((line) => line.startsWith('curl '));
    const answer = await run('sh', ['-c', `${plain} -s`]);
    expect(JSON.parse(answer.stdout)).toMatchObject({ object: 'chat.completion', model: 'demo' });
    const events = await run('sh', ['-c', `${streamed} -s`]);
    expect(events.stdout).toMatch(/^data: \{.*"chat\.completion\.chunk"[\s\S]*data: \[DONE\]\n\n$/);

    const [, url] = /ready at (\S+)/.exec(output) ?? [];
    const [, email] = /Owner +(\S+)/.exec(output) ?? [];
    const [, password] = /One-time password +(\S+)/.exec(output) ?? [];
    const signedIn = await fetch(`${url}/admin/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
      body: JSON.stringify({ email, password }),
    });
    expect(signedIn.status, await signedIn.clone().text()).toBeLessThan(300);
  });

  it('prints none of the secrets again', async () => {
    await start('/docs');
    started[0]!.child.kill('SIGTERM');
    await started[0]!.ended;
    expect(started[0]!.output()).not.toMatch(/wgl_|password|curl/i);
  });
});

describe('a first start without the demo', () => {
  it.each([{ WAGGLE_DEMO: '0' }, { WAGGLE_DEMO: '1', NODE_ENV: 'production' }])('%j makes none', async (given) => {
    const dataDir = await temporaryDataDir('waggle-plain-');
    const adminKey = 'a-bootstrap-key-of-more-than-32-characters';
    const server = startServerProcess({
      dataDir,
      env: { ...given, WAGGLE_MASTER_KEY: '12'.repeat(32), WAGGLE_BOOTSTRAP_ADMIN_KEY: adminKey },
    });
    const url = await server.ready;
    const providers = await fetch(`${url}/admin/v1/providers`, { headers: { authorization: `Bearer ${adminKey}` } });
    expect(await providers.json()).toEqual({ items: [], nextCursor: null });
    server.child.kill('SIGTERM');
    await server.ended;
    expect(server.output()).not.toMatch(/wgl_|curl/);
    await rm(dataDir, { recursive: true, force: true });
  });
});
