import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';
import { isObject, objectsOf } from '../translate/json.js';
import { SseDecoder } from '../translate/sse-decoder.js';
import { ForeignAnswer } from '../translate/translation.js';

const END = Buffer.from('\n\n');
/** Members of deltas that are said once; servers that repeat them don't mean more of it. */
const SAID_ONCE: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name']);

/**
 * Folds the whole stream of a chat into the completion that it would have been: choices by their index, texts joined,
 * pieces of tool calls put together, the last usage. Throws `ForeignAnswer` for a stream that broke off or failed.
 */
export function foldChat(raw: Buffer): JsonObject {
  const decoder = new SseDecoder();
  const fold = new ChatFold();
  for (const chunk of [raw, END]) for (const { data } of decoder.push(chunk)) fold.take(data);
  return fold.completion();
}

interface Choice {
  readonly message: JsonObject;
  finishReason: JsonValue;
  logprobs: JsonValue;
}

class ChatFold {
  private readonly head: JsonObject = {};
  private readonly choices = new Map<number, Choice>();
  private usage: JsonValue = null;

  take(chunk: JsonObject): void {
    if (isObject(chunk.error)) throw new ForeignAnswer('The stream reported an error.');
    const { choices, usage, object: _, ...head } = chunk;
    for (const [name, value] of Object.entries(head)) this.head[name] ??= value;
    if (isObject(usage)) this.usage = usage;
    for (const choice of objectsOf(choices)) this.takeChoice(choice);
  }

  completion(): JsonObject {
    const choices = [...this.choices].toSorted(([a], [b]) => a - b);
    const isCut = choices.length === 0 || choices.some(([, { finishReason }]) => finishReason === null);
    if (isCut) throw new ForeignAnswer('The stream ended before it was complete.');
    const all = choices.map(([index, choice]) => ({ index, ...finished(choice) }));
    const completion: JsonObject = { ...this.head, object: 'chat.completion', choices: all };
    return this.usage === null ? completion : { ...completion, usage: this.usage };
  }

  private takeChoice({ index, delta, finish_reason: reason, logprobs }: JsonObject): void {
    const choice = this.choice(typeof index === 'number' ? index : 0);
    if (isObject(delta)) mergeInto(choice.message, delta);
    if (typeof reason === 'string') choice.finishReason = reason;
    if (isObject(logprobs)) choice.logprobs = merged('logprobs', choice.logprobs, logprobs);
  }

  private choice(index: number): Choice {
    let choice = this.choices.get(index);
    if (!choice) {
      choice = { message: { role: 'assistant', content: null }, finishReason: null, logprobs: null };
      this.choices.set(index, choice);
    }
    return choice;
  }
}

/** A model that called tools has stopped for that, whatever the server's stream says. */
function finished({ message, finishReason, logprobs }: Choice): JsonObject {
  const { tool_calls: calls, ...said } = message;
  const tools = objectsOf(calls).map(withoutIndex);
  if (tools.length === 0) return { message: said, logprobs, finish_reason: finishReason };
  const content = said.content === '' ? null : (said.content ?? null);
  const reason = finishReason === 'stop' ? 'tool_calls' : finishReason;
  return { message: { ...said, content, tool_calls: tools }, logprobs, finish_reason: reason };
}

function withoutIndex(call: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(call).filter(([name]) => name !== 'index'));
}

function mergeInto(into: JsonObject, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name !== '__proto__') into[name] = merged(name, into[name] ?? null, value);
  }
}

function merged(name: string, before: JsonValue, value: JsonValue): JsonValue {
  if (value === null) return before;
  if (typeof value === 'string' && typeof before === 'string') {
    return SAID_ONCE.has(name) ? before || value : before + value;
  }
  if (Array.isArray(value)) return mergedLists(Array.isArray(before) ? before : [], value);
  if (!isObject(value)) return value;
  const into = isObject(before) ? before : {};
  mergeInto(into, value);
  return into;
}

/** Items that have an index are pieces of the item of that index; others are items of their own. */
function mergedLists(before: JsonValue[], items: readonly JsonValue[]): JsonValue[] {
  for (const item of items) {
    const known = isObject(item) && typeof item.index === 'number' ? pieceOf(before, item.index) : undefined;
    if (known && isObject(item)) mergeInto(known, item);
    else before.push(structuredClone(item));
  }
  return before;
}

function pieceOf(items: readonly JsonValue[], index: number): JsonObject | undefined {
  return items.filter(isObject).find((item) => item.index === index);
}
