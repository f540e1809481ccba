import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps an entry that Postgres refuses, for people to look at: a line of JSON in the day's file. */
export async function keepRejected(folder: string, entry: Buffer, reason: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = new Date().toISOString();
  const line = `{"at":"${at}","reason":${JSON.stringify(reason)},"entry":${entry.toString()}}\n`;
  await appendFile(join(folder, `${at.slice(0, 10)}.ndjson`), line, { mode: 0o600, flush: true });
}
