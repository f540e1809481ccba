import type { LedgerUsage } from '../../journal/ledger-record.js';
import { isObjectSpan, parseSpan, walkObject, type Span } from '../body/json-scan.js';
import { applySplices, type Splice } from '../body/splice.js';
import { readUsageOf } from '../usage/usage-reader.js';
import type { EventReader, EventVerdict, StreamShape } from './event-reader.js';
import { TextTap } from './text-tap.js';

const MAX_TEXT_BYTES = 512 * 1024;
const FINISH = Buffer.from('"finish_reason"');
const DONE_EVENT = Buffer.from('data: [DONE]\n\n');
const EMPTY_CHOICES = Buffer.from('"choices":[],');
const PASS: EventVerdict = { action: 'pass' };
const DROP: EventVerdict = { action: 'drop' };
const ERROR: EventVerdict = { action: 'error' };

/** The chunks of `/chat/completions` and `/completions`: no event names, a usage chunk without choices, then `[DONE]`. */
export class ChatEvents implements EventReader {
  usage: LedgerUsage | undefined;
  private readonly tap = new TextTap(MAX_TEXT_BYTES);
  private readonly renamed: Buffer | undefined;
  private hasFinished = false;
  private readonly found = new Found();

  constructor(private readonly shape: StreamShape) {
    this.renamed = shape.model === null ? undefined : Buffer.from(JSON.stringify(shape.model));
  }

  /** A finish reason came. `[DONE]` alone is no end: an upstream that says it without one broke off before. */
  get isComplete(): boolean {
    return this.hasFinished;
  }

  get ending(): Buffer {
    return DONE_EVENT;
  }

  generated(): { readonly text: string; readonly omittedBytes: number } {
    return this.tap.read();
  }

  get generatedBytes(): number {
    return this.tap.size;
  }

  done(): void {
    // The end is known by the finish reason.
  }

  read(raw: Buffer, start: number, end: number): EventVerdict {
    const found = this.found.search(raw, { start, end });
    if (found.error !== -1 && !isNull(raw, found.error)) return ERROR;
    const hasUsage = this.readUsage(raw, found);
    const hasChoices = found.choices !== -1 && raw[found.choices] === 0x5b && found.choicesEnd - found.choices > 2;
    if (hasChoices) this.readChoices(raw, found);
    if (hasUsage && !hasChoices && this.shape.hideUsage) return DROP;
    return this.rewritten(raw, { start, end }, hasUsage);
  }

  private readUsage(raw: Buffer, { usage, usageEnd }: Found): boolean {
    const span: Span = { start: usage, end: usageEnd };
    if (usage === -1 || !isObjectSpan(raw, span)) return false;
    this.usage = readUsageOf.openai(parseSpan(raw, span)) ?? this.usage;
    return true;
  }

  private readChoices(raw: Buffer, { choices, choicesEnd }: Found): void {
    this.tap.takeFrom(raw, choices, choicesEnd);
    this.hasFinished ||= hasFinishReason(raw, choices, choicesEnd);
  }

  private rewritten(raw: Buffer, { start, end }: Span, hasUsage: boolean): EventVerdict {
    const splices: Splice[] = [];
    const { model, modelEnd, choices } = this.found;
    if (this.renamed && model !== -1 && !isSame(raw, model, modelEnd, this.renamed)) {
      splices.push({ start: model - start, end: modelEnd - start, bytes: this.renamed });
    }
    // A usage chunk without choices makes clients throw that iterate over them.
    if (hasUsage && choices === -1) splices.push({ start: 1, end: 1, bytes: EMPTY_CHOICES });
    return splices.length > 0 ? { action: 'pass', payload: applySplices(raw.subarray(start, end), splices) } : PASS;
  }
}

/** Where the members are that matter, or -1. One for all chunks of a stream. */
class Found {
  model = -1;
  modelEnd = -1;
  usage = -1;
  usageEnd = -1;
  choices = -1;
  choicesEnd = -1;
  error = -1;
  private raw: Buffer | undefined;

  /** Looks through the object in `span`. */
  search(raw: Buffer, span: Span): this {
    this.raw = raw;
    this.model = this.modelEnd = this.usage = this.usageEnd = this.choices = this.choicesEnd = this.error = -1;
    walkObject(raw, span, this.note);
    this.raw = undefined;
    return this;
  }

  private readonly note = (keyStart: number, keyEnd: number, from: number, to: number): void => {
    const length = keyEnd - keyStart;
    if (length !== 5 && length !== 7) return;
    const key = this.raw?.toString('latin1', keyStart, keyEnd);
    if (key === 'model') [this.model, this.modelEnd] = [from, to];
    else if (key === 'usage') [this.usage, this.usageEnd] = [from, to];
    else if (key === 'choices') [this.choices, this.choicesEnd] = [from, to];
    else if (key === 'error') this.error = from;
  };
}

/** Whether a `finish_reason` in `[start, end)` has a text for its value. */
function hasFinishReason(raw: Buffer, start: number, end: number): boolean {
  let at = raw.indexOf(FINISH, start);
  while (at !== -1 && at < end) {
    let value = at + FINISH.length;
    while (value < end && (raw[value] === 0x3a || raw[value] === 0x20)) value++;
    if (raw[value] === 0x22) return true;
    at = raw.indexOf(FINISH, value);
  }
  return false;
}

function isNull(raw: Buffer, at: number): boolean {
  return raw[at] === 0x6e;
}

function isSame(raw: Buffer, start: number, end: number, bytes: Buffer): boolean {
  return end - start === bytes.length && bytes.compare(raw, start, end) === 0;
}
