import { mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FRAME_HEADER_BYTES, framesAsJsonb, readFrames } from './frame.js';
import type { Segment } from './segment.js';

export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** Entries that wait to be stored elsewhere, oldest first. */
export interface JournalBatch {
  /** One JSON text an entry, as it was appended. Views that hold until the next batch is read. */
  readonly json: readonly Buffer[];
  /** All of them as one array in jsonb's binary form. */
  readonly jsonb: Buffer;
  /** Give it to `confirm` once they are safe. */
  readonly position: { readonly segment: Segment; readonly offset: number };
}

/** Reads segments in order, deletes those that are confirmed, and puts damaged ends aside. */
export class JournalReader {
  /** Ends of segments that were no frames: torn by a crash, or damaged. */
  damaged = 0;
  /** What batches are views of: a large buffer for each batch would keep the garbage collector busy. */
  private buffer = Buffer.alloc(0);
  private readonly corruptFolder: string;

  constructor(
    root: string,
    private readonly segments: Segment[],
    private readonly endSegment: (segment: Segment) => void,
  ) {
    this.corruptFolder = join(root, 'corrupt');
  }

  /** The next batch that is not confirmed, of one segment; `null` when there is none. The same again until `confirm`. */
  async read(limits: BatchLimits): Promise<JournalBatch | null> {
    for (const segment of this.segments.slice()) {
      const batch = segment.confirmed < segment.size ? await this.readSegment(segment, limits) : null;
      if (batch) return batch;
      await this.removeIfDone(segment);
    }
    return null;
  }

  async confirm({ segment, offset }: JournalBatch['position']): Promise<void> {
    segment.confirmed = Math.max(segment.confirmed, offset);
    const kept = segment.marks.findIndex((mark) => mark.offset > segment.confirmed);
    segment.marks.splice(0, kept === -1 ? segment.marks.length : kept);
    await this.removeIfDone(segment);
  }

  /** Deletes the segments that are done. */
  async removeDone(): Promise<void> {
    for (const segment of this.segments.slice()) await this.removeIfDone(segment);
  }

  private async readSegment(segment: Segment, { maxBytes, maxEntries }: BatchLimits): Promise<JournalBatch | null> {
    const available = segment.size - segment.confirmed;
    let length = Math.min(available, Math.max(maxBytes, FRAME_HEADER_BYTES));
    for (;;) {
      if (this.buffer.length <= length) this.buffer = Buffer.allocUnsafe(length + 1); // one more, for the array's end
      const bytes = await readBytes(segment.path, segment.confirmed, this.buffer.subarray(0, length));
      const { texts, consumed, needed, isBroken } = readFrames(bytes, maxEntries);
      if (texts.length > 0) {
        const jsonb = framesAsJsonb(this.buffer, consumed, texts);
        return { json: texts, jsonb, position: { segment, offset: segment.confirmed + consumed } };
      }
      if (isBroken || needed > available || bytes.length < length) return this.putAside(segment);
      length = needed;
    }
  }

  /** Keeps the unreadable rest of a segment for people to look at, and skips it. */
  private async putAside(segment: Segment): Promise<null> {
    const { confirmed, size } = segment;
    await mkdir(this.corruptFolder, { recursive: true, mode: 0o700 });
    const bytes = await readBytes(segment.path, confirmed, Buffer.allocUnsafe(size - confirmed));
    await writeFile(join(this.corruptFolder, `${segment.name}-${confirmed}.corrupt`), bytes, { mode: 0o600 });
    this.damaged += 1;
    segment.confirmed = size;
    return null;
  }

  private async removeIfDone(segment: Segment): Promise<void> {
    if (segment.confirmed < segment.size) return;
    this.endSegment(segment);
    if (segment.isOpen || !this.segments.includes(segment)) return;
    this.segments.splice(this.segments.indexOf(segment), 1);
    await unlink(segment.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** Reads into `bytes`; fewer than asked for when the file ends before. */
async function readBytes(path: string, offset: number, bytes: Buffer): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
