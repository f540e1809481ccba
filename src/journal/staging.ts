import { FRAME_HEADER_BYTES, MAX_TEXT_BYTES, sealFrame } from './frame.js';

const USUAL_BYTES = 512 * 1024;
const MAX_BYTES_PER_CHARACTER = 3;

/** Frames that are not yet in the file: one tick's, or, while the disk refuses them, as many as `maxBytes` hold. */
export class Staging {
  private bytes = Buffer.allocUnsafe(USUAL_BYTES);
  private used = 0;
  private count = 0;

  constructor(private readonly maxBytes: number) {}

  /** Whole frames, in order. Valid until the next `add` or `clear`. */
  get frames(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  get size(): number {
    return this.used;
  }

  get entries(): number {
    return this.count;
  }

  /** Whether it holds more than one write should carry. */
  get isFull(): boolean {
    return this.used > USUAL_BYTES / 2;
  }

  /** Adds a text as a frame. False: there is no room for it, and nothing was added. */
  add(text: string): boolean {
    const most = FRAME_HEADER_BYTES + text.length * MAX_BYTES_PER_CHARACTER;
    if (this.used + most > this.bytes.length && !this.grow(FRAME_HEADER_BYTES + Buffer.byteLength(text))) return false;
    const length = this.bytes.write(text, this.used + FRAME_HEADER_BYTES);
    sealFrame(this.bytes, this.used, length);
    this.used += FRAME_HEADER_BYTES + length;
    this.count += 1;
    return true;
  }

  clear(): void {
    this.used = 0;
    this.count = 0;
    if (this.bytes.length > USUAL_BYTES) this.bytes = Buffer.allocUnsafe(USUAL_BYTES);
  }

  private grow(more: number): boolean {
    const needed = this.used + more;
    if (more > MAX_TEXT_BYTES || needed > this.maxBytes) return false;
    if (needed <= this.bytes.length) return true;
    const larger = Buffer.allocUnsafe(Math.min(this.maxBytes, Math.max(needed, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
    return true;
  }
}
