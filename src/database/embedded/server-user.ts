import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The account that Postgres runs as, in place of root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who Postgres shall run as: nobody else (`undefined`) unless we are root, which it refuses. Then it is the owner of
 * the data that is there already, or the first of: the user `postgres`, the user `waggle` (created if that can be
 * done), `nobody`.
 */
export async function chooseServerUser(ownerOfData: ServerUser | undefined): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (ownerOfData && ownerOfData.uid !== 0) return ownerOfData;
  return (
    (await findUser('postgres')) ??
    (await findUser('waggle')) ??
    (await createUser('waggle')) ??
    (await findUser('nobody')) ?? { uid: 65_534, gid: 65_534 }
  );
}

/** Whether the account passes `test <flag> <path>`: every folder on the way counts, as do lists no mode shows. */
export async function canReach(user: ServerUser, flag: '-r' | '-w' | '-x', path: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', `test ${flag} "$0"`, path], { uid: user.uid, gid: user.gid, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

async function findUser(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function createUser(name: string): Promise<ServerUser | undefined> {
  const ways = [
    ['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', name],
    ['adduser', '-S', '-D', '-H', name], // busybox
  ] as const;
  for (const [command, ...parameters] of ways) {
    try {
      await run(command, parameters);
      return await findUser(name);
    } catch {
      continue;
    }
  }
  return undefined;
}
