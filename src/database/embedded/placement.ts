import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError } from '../../common/errors/start-error.js';
import { copyBinaries, installedBinaries } from './binaries.js';
import { canReach, chooseServerUser, type ServerUser } from './server-user.js';

/** Folders that any account may be given a part of; the first that root can use is taken. */
const SHARED_FOLDERS = ['/var/lib/waggle', '/var/tmp/waggle'];

/** Where one embedded Postgres lives, and as whom it runs. */
export interface Placement {
  readonly binariesRoot: string;
  /** The folder that `initdb` fills; it exists, and belongs to the account that Postgres runs as. */
  readonly clusterDir: string;
  /** The account to run as, when it is not ours. */
  readonly user: ServerUser | undefined;
}

/**
 * Decides where Postgres lives: its data in `<dir>/postgres`, its binaries where npm put them. When we are root and
 * the account that Postgres runs as can't reach those (a clone below `/root`), they go to a shared folder, and
 * `<dir>/postgres.location` says where the data went.
 */
export async function place(dir: string): Promise<Placement> {
  const pointer = pointerIn(dir);
  const known = await clusterDirOf(dir);
  if (existsSync(pointer) && !existsSync(known)) throw new LostData(known, pointer);

  const user = await chooseServerUser(await ownerOf(known));
  if (!user) return { binariesRoot: (await installedBinaries()).root, clusterDir: await ownFolder(known), user };

  const shared = sharedFolder();
  const clusterDir = await folderFor(user, known, async () => {
    const elsewhere = await mkdtemp(join(await shared(), 'data-'));
    await writeFile(join(elsewhere, 'README'), `The embedded Postgres of the Waggle in ${dir}\n`);
    await chmod(elsewhere, 0o711);
    await writeFile(pointer, `${join(elsewhere, 'postgres')}\n`);
    return join(elsewhere, 'postgres');
  });
  return { binariesRoot: await binariesFor(user, shared), clusterDir, user };
}

/** Where the data of this folder's Postgres is, or would be put first. */
export async function clusterDirOf(dir: string): Promise<string> {
  const pointer = pointerIn(dir);
  return existsSync(pointer) ? (await readFile(pointer, 'utf8')).trim() : join(dir, 'postgres');
}

function pointerIn(dir: string): string {
  return join(dir, 'postgres.location');
}

/** The data directory points at data that is not there; starting afresh would hide the loss. */
class LostData extends StartError {
  constructor(known: string, pointer: string) {
    super(
      `The data of the embedded Postgres was in ${known}, which is gone. Restore it, or delete ${pointer} to start afresh`,
    );
  }
}

async function ownerOf(path: string): Promise<ServerUser | undefined> {
  return existsSync(path) ? await stat(path) : undefined;
}

async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { uid } = await stat(path);
  if (uid !== process.getuid?.()) {
    throw new StartError(`${path} belongs to another user (uid ${uid}): start Waggle as that user, or as root`);
  }
  return path;
}

async function folderFor(user: ServerUser, wanted: string, elsewhere: () => Promise<string>): Promise<string> {
  const path = (await canReach(user, '-x', dirname(wanted))) ? wanted : await elsewhere();
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chown(path, user.uid, user.gid);
  return path;
}

async function binariesFor(user: ServerUser, shared: () => Promise<string>): Promise<string> {
  const installed = await installedBinaries();
  const isReachable = await canReach(user, '-x', join(installed.root, 'bin', 'postgres'));
  return isReachable ? installed.root : (await copyBinaries(installed, await shared())).root;
}

/** Finds or makes the shared folder when asked. It must be root's alone: whoever can write there could plant a program. */
function sharedFolder(): () => Promise<string> {
  return async () => {
    for (const folder of SHARED_FOLDERS) {
      const status = await mkdir(folder, { recursive: true, mode: 0o755 })
        .then(() => stat(folder))
        .catch(() => undefined);
      if (status?.uid === 0 && (status.mode & 0o022) === 0) return folder;
    }
    throw new StartError(
      `Neither of ${SHARED_FOLDERS.join(', ')} can be used: set DATABASE_URL, or clone outside /root`,
    );
  };
}
