import { findData, frameEnd, MAX_FRAME_BYTES, type FrameData } from '../answer/sse-frames.js';
import { parseObject } from '../translate/json.js';
import type { AnswerSink, ExchangeFailure } from '../upstream/exchange.js';
import type { AnswerEdit } from './answer-edit.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** Stands before the reader of a stream of server-sent events, and edits each event, wherever the borders of chunks are. */
export class EditingSink implements AnswerSink {
  private readonly data: FrameData = { start: 0, end: 0, lines: 0 };
  private pending: Buffer = NOTHING;

  constructor(
    private readonly sink: AnswerSink,
    private readonly edits: readonly AnswerEdit[],
  ) {}

  onChunk(chunk: Buffer): void {
    const searchFrom = Math.max(0, this.pending.length - 2);
    const raw = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const out: Buffer[] = [];
    let start = 0;
    for (let end = frameEnd(raw, searchFrom); end !== -1; end = frameEnd(raw, start)) {
      out.push(this.frame(raw.subarray(start, end)));
      start = end;
    }
    this.pending = Buffer.from(raw.subarray(start));
    if (this.pending.length > MAX_FRAME_BYTES) out.push(this.takePending()); // for the reader to refuse
    if (out.length > 0) this.sink.onChunk(Buffer.concat(out));
  }

  onEnd(): void {
    if (this.pending.length > 0) this.sink.onChunk(this.takePending());
    this.sink.onEnd();
  }

  onBreak(failure: ExchangeFailure): void {
    this.sink.onBreak(failure);
  }

  private takePending(): Buffer {
    const { pending } = this;
    this.pending = NOTHING;
    return pending;
  }

  private frame(raw: Buffer): Buffer {
    findData(raw, 0, raw.length, this.data);
    const { start, end, lines } = this.data;
    const json = lines === 1 ? parseObject(raw.toString('utf8', start, end)) : undefined;
    if (!json) return raw;
    for (const edit of this.edits) edit.event(json);
    return Buffer.concat([raw.subarray(0, start), Buffer.from(JSON.stringify(json)), raw.subarray(end)]);
  }
}
