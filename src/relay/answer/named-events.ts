import type { LedgerUsage } from '../../journal/ledger-record.js';
import { isObjectSpan, parseSpan, scanObject, type Span } from '../body/json-scan.js';
import { applySplices, type Splice } from '../body/splice.js';
import { readUsageOf } from '../usage/usage-reader.js';
import type { EventReader, EventVerdict, StreamShape } from './event-reader.js';
import { SEARCH_EVENT } from './searches.js';
import { TextTap } from './text-tap.js';

const MAX_TEXT_BYTES = 512 * 1024;

/** The events that end a stream of each operation which names its events by a `type`. */
const TERMINAL = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'transcript.text.done',
  'speech.audio.done',
  'image_generation.completed',
  'image_edit.completed',
]);

/** The events of `/responses`, and of streamed audio and images: each has a `type`, one of them is the last. */
export class NamedEvents implements EventReader {
  usage: LedgerUsage | undefined;
  isComplete = false;
  answerId: string | undefined;
  readonly ending: Buffer | undefined = undefined;
  private readonly tap = new TextTap(MAX_TEXT_BYTES);
  private searches = 0;

  constructor(private readonly shape: StreamShape) {}

  generated(): { readonly text: string; readonly omittedBytes: number } {
    return this.tap.read();
  }

  get generatedBytes(): number {
    return this.tap.size;
  }

  done(): void {
    // Some servers add it; the terminal event has ended the stream already.
  }

  read(raw: Buffer, start: number, end: number): EventVerdict {
    const members = scanObject(raw, start, end);
    const type = typeOf(raw, members);
    if (type === 'error' || (type === undefined && members.has('error'))) return { action: 'error' };
    if (type === SEARCH_EVENT) this.searches += 1;
    if (type?.endsWith('.delta')) this.takeDelta(raw, members.get('delta'));
    const payload = this.readBody(raw, { start, end }, members);
    if (type === undefined || !TERMINAL.has(type)) return { action: 'pass', payload };
    this.isComplete = true;
    return { action: 'hold', payload };
  }

  /** Usage and model stand in the event itself, or in the `response` that it carries. */
  private readBody(raw: Buffer, event: Span, members: ReadonlyMap<string, Span>): Buffer | undefined {
    const response = members.get('response');
    const isInside = response !== undefined && isObjectSpan(raw, response);
    const body = isInside ? scanObject(raw, response.start, response.end) : members;
    if (isInside) this.answerId ??= idIn(raw, body);
    this.readUsage(raw, body.get('usage'));
    return this.renamed(raw, event, body.get('model'));
  }

  private readUsage(raw: Buffer, span: Span | undefined): void {
    const usage = span && isObjectSpan(raw, span) ? readUsageOf.openai(parseSpan(raw, span)) : undefined;
    if (usage) this.usage = this.searches > 0 ? { ...usage, searches: this.searches } : usage;
  }

  private takeDelta(raw: Buffer, span: Span | undefined): void {
    if (span && raw[span.start] === 0x22) this.tap.take(raw, span.start + 1, span.end - 1);
  }

  private renamed(raw: Buffer, { start, end }: Span, model: Span | undefined): Buffer | undefined {
    if (this.shape.model === null || !model || raw[model.start] !== 0x22) return undefined;
    const bytes = Buffer.from(JSON.stringify(this.shape.model));
    const splice: Splice = { start: model.start - start, end: model.end - start, bytes };
    return applySplices(raw.subarray(start, end), [splice]);
  }
}

function idIn(raw: Buffer, members: ReadonlyMap<string, Span>): string | undefined {
  const span = members.get('id');
  const id = span && parseSpan(raw, span);
  return typeof id === 'string' ? id : undefined;
}

function typeOf(raw: Buffer, members: ReadonlyMap<string, Span>): string | undefined {
  const span = members.get('type');
  const type = span && parseSpan(raw, span);
  return typeof type === 'string' ? type : undefined;
}
