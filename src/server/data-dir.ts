import { mkdir } from 'node:fs/promises';
import type { Config } from '../config/config.js';
import { lockFile, type FileLock } from './lock-file.js';

/** Makes the data directory when it is missing, and takes it for this process alone. */
export async function lockDataDir(config: Config): Promise<FileLock> {
  // Root's Postgres runs as another user, who has to pass through to its own folder.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  await mkdir(config.dataPath(), { recursive: true, mode });
  return lockFile(config.dataPath('lock'));
}
