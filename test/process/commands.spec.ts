import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDataDir } from '../support/data-dir.js';
import { ROOT, startServerProcess, type ServerProcess } from '../support/server-process.js';

const ADMIN_KEY = 'admin-key-of-the-commands-test-0123456789';

/** What a command printed, on either output, and how it ended. */
interface Ended {
  readonly code: number;
  readonly output: string;
}

describe('the command', () => {
  let dir: string;
  let server: ServerProcess;
  let url: string;

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-commands-');
    server = startServerProcess({ dataDir: join(dir, 'data'), env: { WAGGLE_BOOTSTRAP_ADMIN_KEY: ADMIN_KEY } });
    url = await server.ready;
  }, 120_000);
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.ended;
    await rm(dir, { recursive: true, force: true });
  });

  it('issues, lists, rotates and revokes a token', async () => {
    const issued = await waggle('token', 'issue', 'checkout', '--project', 'default', '--profile', 'demo');
    expect(issued.code).toBe(0);
    const token = issued.output.trim();
    await vi.waitFor(async () => expect(await models(token)).toEqual(['demo']));
    expect((await waggle('token', 'list')).output).toMatch(/^checkout {2}\w+ {2}active {2}/m);

    const next = (await waggle('token', 'rotate', 'checkout', '--overlap', '60')).output.trim();
    await vi.waitFor(async () => expect(await models(next)).toEqual(['demo']));
    expect(await models(token)).toEqual(['demo']);

    expect(await waggle('token', 'revoke', 'checkout')).toEqual({ code: 0, output: 'Revoked checkout\n' });
    await vi.waitFor(async () => expect(await models(next)).toBeUndefined());
  }, 60_000);

  it('says what the server refused, in one line and without a stack', async () => {
    const { code, output } = await waggle('token', 'revoke', 'nobody');
    expect([code, output.trim().split('\n').length]).toEqual([1, 1]);
    expect(output).toContain('token.not_found');
    expect((await waggle('token', 'issue', 'x', '--scope', 'dance')).output).toContain('request.invalid');
  });

  it('says that no key is set, that it is wrong, and that no server answers', async () => {
    expect(await waggleWith({ WAGGLE_ADMIN_KEY: '' }, 'token', 'list')).toMatchObject({
      code: 1,
      output: expect.stringContaining('WAGGLE_ADMIN_KEY is not set'),
    });
    expect((await waggleWith({ WAGGLE_ADMIN_KEY: 'wgla_wrong' }, 'token', 'list')).output).toContain('unauthenticated');
    const nowhere = await waggleWith({ WAGGLE_PUBLIC_URL: 'http://127.0.0.1:1' }, 'token', 'list');
    expect(nowhere).toMatchObject({ code: 1, output: expect.stringContaining('No server answers') });
  });

  it('rotates the vault, and tells its version', async () => {
    expect((await waggle('vault', 'status')).output).toContain('unlocked; master-key opens it, key version 1');
    expect((await waggle('vault', 'rotate', '--reencrypt')).output).toContain('key version 2');
  });

  it('imports a catalogue from a file', async () => {
    const file = join(dir, 'catalogue.json');
    const models = { m: { id: 'm', name: 'M', limit: { context: 1000, output: 100 }, cost: { input: 1, output: 2 } } };
    await writeFile(file, JSON.stringify({ p: { id: 'p', name: 'P', models } }));
    const { code, output } = await waggle('catalogue', 'import', file, '--force');
    expect([code, output]).toEqual([0, expect.stringMatching(/^The catalogue is updated .*1 added/)]);
  });

  const waggle = (...parameters: string[]): Promise<Ended> => waggleWith({}, ...parameters);

  function waggleWith(env: NodeJS.ProcessEnv, ...parameters: string[]): Promise<Ended> {
    const { PATH, HOME } = process.env;
    const all = { PATH, HOME, WAGGLE_PUBLIC_URL: url, WAGGLE_ADMIN_KEY: ADMIN_KEY, ...env };
    return new Promise((resolve) => {
      const command = [join(ROOT, 'dist/cli/main.js'), ...parameters];
      execFile(process.execPath, command, { env: all }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });
  }

  async function models(token: string): Promise<string[] | undefined> {
    const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    const { data } = (await answer.json()) as { data?: { id: string }[] };
    return data?.map(({ id }) => id);
  }
});
