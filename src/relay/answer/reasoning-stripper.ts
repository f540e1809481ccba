import type { JsonObject } from '../../snapshot/snapshot.js';
import { isObject, objectsOf, parseObject } from '../translate/json.js';
import type { AnswerSink, ExchangeFailure } from '../upstream/exchange.js';
import { InlineThought } from './inline-thought.js';
import { findData, frameEnd, MAX_FRAME_BYTES, type FrameData } from './sse-frames.js';

/** Where servers of OpenAI's dialect put what a model thought, and where we put signed thoughts. */
const FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks'] as const;
/** More than any server gives. */
const MAX_CHOICES = 128;
const NOTHING: Buffer = Buffer.alloc(0);

/** A whole chat completion without what the model thought; as it came when it isn't one. */
export function stripReasoning(raw: Buffer): Buffer {
  const json = parseObject(raw.toString());
  if (!json) return raw;
  for (const { message } of objectsOf(json.choices)) if (isObject(message)) stripMessage(message);
  return Buffer.from(JSON.stringify(json));
}

/** Takes out of a whole message what the model thought. */
export function stripMessage(message: JsonObject): void {
  stripFrom(message, new InlineThought(), true);
}

/** Stands before the reader of a chat stream, and takes out of each chunk what the model thought. */
export class ReasoningStripper implements AnswerSink {
  private readonly thoughts = new Map<number, InlineThought>();
  private readonly data: FrameData = { start: 0, end: 0, lines: 0 };
  private pending: Buffer = NOTHING;

  constructor(private readonly sink: AnswerSink) {}

  onChunk(chunk: Buffer): void {
    const raw = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const out: Buffer[] = [];
    let start = 0;
    for (let end = frameEnd(raw, 0); end !== -1; end = frameEnd(raw, start)) {
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
    const choices = objectsOf(json?.choices);
    if (choices.length === 0) return raw;
    for (const choice of choices) this.strip(choice);
    return Buffer.from(`data: ${JSON.stringify(json)}\n\n`);
  }

  private strip({ index, delta, finish_reason: reason }: JsonObject): void {
    if (!isObject(delta)) return;
    const key = typeof index === 'number' && index < MAX_CHOICES ? index : 0;
    let thought = this.thoughts.get(key);
    if (!thought) this.thoughts.set(key, (thought = new InlineThought()));
    stripFrom(delta, thought, typeof reason === 'string');
  }
}

/** From a message, or from a piece of one. */
function stripFrom(said: JsonObject, thought: InlineThought, isLast: boolean): void {
  for (const field of FIELDS) delete said[field];
  const kept = typeof said.content === 'string' ? thought.push(said.content) : '';
  const rest = isLast ? thought.end() : '';
  if (typeof said.content === 'string' || rest !== '') said.content = kept + rest;
}
