import fs from 'node:fs';
import { join } from 'node:path';
import type { Durability } from './durability.js';
import { segmentName, type Segment } from './segment.js';

const MARK_EVERY_MS = 1000;

/** The calls that a full disk makes fail; a test hands in its own. */
export type DiskCalls = Pick<typeof fs, 'openSync' | 'writeSync' | 'ftruncateSync'>;

/** Appends to the newest segment and begins the next one when it is full. */
export class SegmentWriter {
  private segment: Segment | undefined;
  private fd = -1;

  constructor(
    private readonly folder: string,
    private readonly options: { readonly maxBytes: number; readonly durability: Durability; readonly disk: DiskCalls },
    private readonly segments: Segment[],
  ) {}

  /** Writes whole frames. Throws when the disk refuses; then the file is as it was, or is left to the reader and closed. */
  write(frames: Buffer, done: () => void): void {
    const { maxBytes, durability } = this.options;
    if (this.segment && this.segment.size > 0 && this.segment.size + frames.length > maxBytes) this.rotate();
    const segment = this.segment ?? this.begin();
    this.put(segment, frames);
    segment.size += frames.length;
    mark(segment);
    durability.written(this.fd, done);
  }

  /** Ends the segment in hand, so that it can be deleted once it is confirmed. */
  rotate(): void {
    if (!this.segment) return;
    this.segment.isOpen = false;
    this.options.durability.retire(this.fd);
    this.segment = undefined;
  }

  private begin(): Segment {
    const name = segmentName(Date.now());
    const path = join(this.folder, name);
    this.fd = this.options.disk.openSync(path, 'wx', 0o600);
    this.segment = { name, path, size: 0, confirmed: 0, isOpen: true, marks: [] };
    this.segments.push(this.segment);
    return this.segment;
  }

  private put(segment: Segment, frames: Buffer): void {
    let written = 0;
    try {
      while (written < frames.length) {
        written += this.options.disk.writeSync(
          this.fd,
          frames,
          written,
          frames.length - written,
          segment.size + written,
        );
      }
    } catch (error) {
      this.takeBack(segment);
      throw error;
    }
  }

  /** Cuts what a failed write left behind. If even that fails, the rest of the file is not to be trusted. */
  private takeBack(segment: Segment): void {
    try {
      this.options.disk.ftruncateSync(this.fd, segment.size);
    } catch {
      this.rotate();
    }
  }
}

function mark({ marks, size }: Segment): void {
  const at = Date.now();
  const last = marks.at(-1);
  if (last && at - last.at < MARK_EVERY_MS) marks[marks.length - 1] = { offset: size, at: last.at };
  else marks.push({ offset: size, at });
}
