import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { Dialect } from '../../providers/drivers/driver.js';
import { JsonScanError } from '../body/json-scan.js';
import type { AnswerStream } from './answer-stream.js';
import { AnthropicEvents } from './anthropic-events.js';
import { ChatEvents } from './chat-events.js';
import type { EarlyEnd } from './ending/stream-ender.js';
import { EventLimit } from './event-limit.js';
import type { EventReader, EventVerdict, StreamShape } from './event-reader.js';
import { NamedEvents } from './named-events.js';
import { findData, frameEnd, MAX_FRAME_BYTES, type FrameData } from './sse-frames.js';

const DATA = Buffer.from('data: ');
const BLANK_LINE = Buffer.from('\n\n');
const DONE = '[DONE]';
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Stands between an upstream's event stream and the client: whole events in, whole events out, in the caller's turn and
 * without waiting for more than an event's own end. The event that ends the stream is held back until `finish`, so that
 * the call can be settled before its last byte. Bytes that need no change are passed on as they are.
 */
export class StreamFilter implements AnswerStream {
  private readonly reader: EventReader;
  private readonly data: FrameData = { start: 0, end: 0, lines: 0 };
  private pending: Buffer = NOTHING;
  private held: Buffer[] = [];
  private errorPayload: Buffer | undefined;
  private saidDone = false;
  private readonly limit: EventLimit | undefined;

  constructor(private readonly shape: StreamShape) {
    this.reader = readerFor(shape);
    if (shape.limit) this.limit = new EventLimit(shape, shape.limit);
  }

  /** What the upstream said was used; `undefined` as long as it said nothing. */
  get usage(): LedgerUsage | undefined {
    return this.reader.usage;
  }

  /** Whether the upstream finished its answer: only then may the client see a clean end. */
  get isComplete(): boolean {
    return this.reader.isComplete && this.errorPayload === undefined;
  }

  /** Whether nothing can follow: the last event came. An upstream may keep its connection open all the same. */
  get isOver(): boolean {
    if (!this.isComplete) return false;
    return this.saidDone || (this.held.length > 0 && ENDED_BY_LAST.has(this.shape.dialect));
  }

  /** The payload of the error that the upstream sent in its stream. Not safe to show. */
  get upstreamError(): Buffer | undefined {
    return this.errorPayload;
  }

  get answerId(): string | undefined {
    return this.reader.answerId;
  }

  get hasFailed(): boolean {
    return this.errorPayload !== undefined;
  }

  get isSpent(): boolean {
    return this.limit?.excess !== undefined;
  }

  /** The generated text so far, escaped as JSON, for counting it when no usage comes. */
  generated(): { readonly text: string; readonly omittedBytes: number } {
    return this.reader.generated();
  }

  /** Takes bytes from the upstream; returns those to send on now, if any. Nothing is sent on after an error event. */
  push(chunk: Buffer): Buffer | undefined {
    const searchFrom = Math.max(0, this.pending.length - 2);
    const raw = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const out = new Output(raw);
    let start = 0;
    let end = frameEnd(raw, searchFrom);
    while (end !== -1 && this.errorPayload === undefined && this.limit?.excess === undefined) {
      this.frame(raw, start, end, out);
      start = end;
      end = frameEnd(raw, start);
    }
    // A copy, so that a few bytes don't keep a large chunk alive.
    this.pending = start < raw.length ? Buffer.from(raw.subarray(start)) : NOTHING;
    if (this.pending.length > MAX_FRAME_BYTES) throw new JsonScanError('An event of the upstream is too large.');
    return out.bytes(start);
  }

  /** The bytes that end the stream. Call it once the upstream ended and `isComplete` is true. */
  finish(): Buffer | undefined {
    const ending = this.reader.ending;
    const all = ending ? [...this.held, ending] : this.held;
    return all.length > 0 ? Buffer.concat(all) : undefined;
  }

  cutShort(end: EarlyEnd): Buffer {
    if (!this.limit) throw new Error('a stream without a limit is not cut short');
    return this.limit.end(end);
  }

  private frame(raw: Buffer, start: number, end: number, out: Output): void {
    findData(raw, start, end, this.data);
    if (this.data.lines === 0) return void (this.held.length > 0 && out.drop(start, end)); // comments, pings
    if (this.data.lines > 1) return this.joined(raw, start, end, out);
    const { start: from, end: to } = this.data;
    if (isDone(raw, from, to)) {
      this.saidDone = true;
      this.reader.done();
      return out.drop(start, end); // sent by `finish`
    }
    this.apply(this.judge(raw, from, to), { raw, start, end, from, to }, out);
  }

  /** Several data lines make one payload; they are rare, and become one line. */
  private joined(raw: Buffer, start: number, end: number, out: Output): void {
    const lines = raw.toString('utf8', start, end).split(/\r?\n/);
    const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''));
    const payload = Buffer.from(data.join(' '));
    const { action, payload: changed } = this.judge(payload, 0, payload.length);
    const event = lines.find((line) => line.startsWith('event:'));
    const frame = Buffer.concat([Buffer.from(event ? `${event}\n` : ''), DATA, changed ?? payload, BLANK_LINE]);
    out.drop(start, end);
    if (action === 'pass') out.add(frame);
    else if (action === 'hold') this.held.push(frame);
    else if (action === 'error') this.errorPayload = payload;
  }

  private apply({ action, payload }: EventVerdict, place: Place, out: Output): void {
    const { raw, start, end, from, to } = place;
    if (action === 'error') this.errorPayload = Buffer.from(raw.subarray(from, to));
    else if (action === 'hold') this.held.push(replaced(place, payload));
    if (action !== 'pass' || this.held.length > 0) return out.drop(start, end);
    if (payload) out.replace(from, to, payload);
  }

  private judge(raw: Buffer, from: number, to: number): EventVerdict {
    try {
      const verdict = this.reader.read(raw, from, to);
      return this.limit ? this.limit.judge(this.reader, verdict, { raw, start: from, end: to }) : verdict;
    } catch (error) {
      // What is not JSON would kill the client's parser: an upstream's ping in a data line, say.
      if (error instanceof JsonScanError) return { action: 'drop' };
      throw error;
    }
  }
}

/** Dialects in which the event that is held back is the last one for certain. */
const ENDED_BY_LAST: ReadonlySet<Dialect> = new Set<Dialect>(['openai-responses', 'anthropic-messages']);

function readerFor(shape: StreamShape): EventReader {
  if (shape.dialect === 'openai-chat' || shape.operation === 'completion') return new ChatEvents(shape);
  return shape.dialect === 'anthropic-messages' ? new AnthropicEvents(shape) : new NamedEvents(shape);
}

interface Place {
  readonly raw: Buffer;
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

function replaced({ raw, start, end, from, to }: Place, payload: Buffer | undefined): Buffer {
  if (!payload) return Buffer.from(raw.subarray(start, end));
  return Buffer.concat([raw.subarray(start, from), payload, raw.subarray(to, end)]);
}

function isDone(raw: Buffer, from: number, to: number): boolean {
  return to - from === DONE.length && raw[from] === 0x5b && raw.toString('latin1', from, to) === DONE;
}

/** The bytes to send on: slices of the chunk with replacements between, joined only if there are any. */
class Output {
  private readonly parts: Buffer[] = [];
  private from = 0;
  private isChanged = false;

  constructor(private readonly raw: Buffer) {}

  replace(start: number, end: number, bytes: Buffer): void {
    this.drop(start, end);
    this.add(bytes);
  }

  drop(start: number, end: number): void {
    if (start > this.from) this.parts.push(this.raw.subarray(this.from, start));
    this.from = end;
    this.isChanged = true;
  }

  add(bytes: Buffer): void {
    this.parts.push(bytes);
  }

  bytes(end: number): Buffer | undefined {
    if (!this.isChanged) return end > 0 ? this.raw.subarray(0, end) : undefined;
    if (end > this.from) this.parts.push(this.raw.subarray(this.from, end));
    if (this.parts.length === 0) return undefined;
    return this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
  }
}
