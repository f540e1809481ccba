import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFrames } from './frame.js';
import { isProcessFolder, isLive } from './process-folder.js';
import { isSegmentName } from './segment.js';

const CHUNK_BYTES = 4 * 1024 * 1024;

/** What one process's folder holds. */
export interface FolderReport {
  readonly folder: string;
  /** Whether the process that writes there still runs. */
  readonly isLive: boolean;
  readonly segments: number;
  readonly bytes: number;
  readonly entries: number;
  /** Bytes after the last whole frame: torn by a crash, damaged, or being written just now. */
  readonly unreadableBytes: number;
}

/** Reads a journal without changing it, also while it is written. `onEntry` gets each entry's JSON text. */
export async function inspectJournal(root: string, onEntry?: (text: Buffer) => void): Promise<FolderReport[]> {
  const names = await readdir(root).catch(() => []);
  const reports: FolderReport[] = [];
  for (const folder of names.filter(isProcessFolder).toSorted()) {
    const files = (await readdir(join(root, folder))).filter(isSegmentName).toSorted();
    const counts = { bytes: 0, entries: 0, unreadableBytes: 0 };
    for (const file of files) await countSegment(join(root, folder, file), counts, onEntry);
    reports.push({ folder, isLive: isLive(folder), segments: files.length, ...counts });
  }
  return reports;
}

interface Counts {
  bytes: number;
  entries: number;
  unreadableBytes: number;
}

async function countSegment(path: string, counts: Counts, onEntry?: (text: Buffer) => void): Promise<void> {
  const { size } = await stat(path);
  counts.bytes += size;
  const file = await open(path, 'r');
  try {
    let offset = 0;
    for (let length = CHUNK_BYTES; offset < size;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
      const { texts, consumed, needed } = readFrames(buffer.subarray(0, bytesRead));
      for (const text of texts) onEntry?.(text);
      counts.entries += texts.length;
      offset += consumed;
      if (consumed === 0 && (needed <= bytesRead || offset + needed > size)) break;
      length = Math.max(CHUNK_BYTES, needed);
    }
    counts.unreadableBytes += size - offset;
  } finally {
    await file.close();
  }
}
