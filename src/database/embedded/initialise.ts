import { execFile } from 'node:child_process';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Placement } from './placement.js';

const run = promisify(execFile);

/** Makes a new database cluster that lets in one user, by password only. It appears whole or not at all. */
export async function initialise(placement: Placement, login: { user: string; password: string }): Promise<void> {
  const { binariesRoot, clusterDir, user } = placement;
  const draft = `${clusterDir}.new`;
  const passwordFile = `${draft}.password`; // initdb reads it from a file only
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, login.password, { mode: 0o600 });
  try {
    if (user) for (const path of [draft, passwordFile]) await chown(path, user.uid, user.gid);
    await run(join(binariesRoot, 'bin', 'initdb'), parameters(draft, login.user, passwordFile), {
      ...(user && { uid: user.uid, gid: user.gid }),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
    await rename(draft, clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** The builtin locale sorts the same on every machine, whatever its libc. */
function parameters(dir: string, user: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dir}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ];
}
