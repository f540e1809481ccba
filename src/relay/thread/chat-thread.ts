import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { findData, frameEnd, type FrameData } from '../answer/sse-frames.js';
import { isObject, numberOf, objectOf, objectsOf, parseObject, textOf } from '../translate/json.js';

/** A longer answer is not begun anew: it would have to be sent back whole. */
const MAX_TEXT = 256 * 1024;
/** What every chunk of a stream has in common. */
const COMMON = ['id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier'] as const;
/** What a model that goes on says of itself anew, and what it thinks about that. */
const LEFT_OUT = new Set(['role', 'reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks']);
/** What can't be gone on with by somebody else. */
const UNFINISHABLE = ['tool_calls', 'function_call', 'refusal', 'audio'] as const;

/** What a client has of a streamed chat, over all upstreams that wrote it. To the client it is one stream. */
export class ChatThread {
  /** The answer so far. */
  text = '';
  /** How often it broke off. */
  cuts = 0;
  /** What was used until it broke off last. */
  used: LedgerUsage = NO_USAGE;
  private head: JsonObject | undefined;
  private isSeamDue = false;
  private lengthAtCut = 0;
  private isClosed = false;
  private readonly data: FrameData = { start: 0, end: 0, lines: 0 };

  /** Whether somebody else can go on with it: it is plain text, and has no end yet. */
  get isOpen(): boolean {
    return !this.isClosed && this.text.length <= MAX_TEXT;
  }

  /** An upstream has broken off; what comes from now on is another's. */
  cut(usage: LedgerUsage): void {
    this.cuts += 1;
    this.isSeamDue = this.head !== undefined;
    this.lengthAtCut = this.text.length;
    this.used = {
      ...this.used,
      input_tokens: this.used.input_tokens + usage.input_tokens,
      output_tokens: this.used.output_tokens + usage.output_tokens,
    };
  }

  /** Takes whole events; returns what the client gets of them. */
  pass(bytes: Buffer): Buffer | undefined {
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = frameEnd(bytes, 0); end !== -1; end = frameEnd(bytes, start)) {
      const frame = this.frame(bytes.subarray(start, end));
      if (frame) parts.push(frame);
      start = end;
    }
    if (this.cuts === 0) return bytes;
    return parts.length > 0 ? Buffer.concat(parts) : undefined;
  }

  private frame(raw: Buffer): Buffer | undefined {
    findData(raw, 0, raw.length, this.data);
    const { start, end, lines } = this.data;
    const chunk = lines === 1 ? parseObject(raw.toString('utf8', start, end)) : undefined;
    if (!chunk) return raw; // a comment, or the end
    const isFirst = this.head === undefined;
    this.note(chunk);
    return this.cuts === 0 || isFirst ? raw : this.resumed(chunk);
  }

  private note(chunk: JsonObject): void {
    this.head ??= Object.fromEntries(COMMON.flatMap((name) => (name in chunk ? [[name, chunk[name] ?? null]] : [])));
    for (const { index, delta, finish_reason: reason } of objectsOf(chunk.choices)) {
      const said = objectOf(delta);
      const isWhole = index === 0 && typeof reason !== 'string';
      if (!isWhole || UNFINISHABLE.some((name) => said[name] !== undefined && said[name] !== null))
        this.isClosed = true;
      this.text += textOf(said.content) ?? '';
    }
  }

  /** A chunk of a later upstream as one of the first's. */
  private resumed(chunk: JsonObject): Buffer | undefined {
    const choices = objectsOf(chunk.choices).map(withoutOwn);
    const usage = isObject(chunk.usage) ? { usage: this.summed(chunk.usage) } : {};
    const isEmpty = choices.length > 0 && choices.every(saysNothing);
    const seam = this.seam('usage' in chunk);
    if (isEmpty) return seam;
    const whole = event({ ...chunk, ...this.head, choices, ...usage });
    return seam ? Buffer.concat([seam, whole]) : whole;
  }

  /** An ordinary chunk that says nothing, but that somebody else goes on from here. */
  private seam(hasUsage: boolean): Buffer | undefined {
    if (!this.isSeamDue) return undefined;
    this.isSeamDue = false;
    const choices = [{ index: 0, delta: {}, logprobs: null, finish_reason: null }];
    const seam = { number: this.cuts, after_characters: this.lengthAtCut };
    return event({ ...this.head, choices, ...(hasUsage && { usage: null }), waggle: { seam } });
  }

  private summed(usage: JsonObject): JsonObject {
    const input = (numberOf(usage.prompt_tokens) ?? 0) + this.used.input_tokens;
    const output = (numberOf(usage.completion_tokens) ?? 0) + this.used.output_tokens;
    return { ...usage, prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  }
}

function withoutOwn(choice: JsonObject): JsonObject {
  const kept = Object.entries(objectOf(choice.delta)).filter(([name]) => !LEFT_OUT.has(name));
  return { ...choice, delta: Object.fromEntries(kept) };
}

function saysNothing({ delta, finish_reason: reason }: JsonObject): boolean {
  if (typeof reason === 'string') return false;
  return Object.values(objectOf(delta)).every((value) => value === '' || value === null);
}

function event(chunk: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}
