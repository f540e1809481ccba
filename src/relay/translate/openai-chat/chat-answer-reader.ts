import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { ClientError } from '../../client-error.js';
import { readUsageOf } from '../../usage/usage-reader.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamMessage, StreamReader } from '../dialects.js';
import { isObject, numberOf, objectOf, objectsOf, parseObject, textOf, textOr } from '../json.js';
import { ForeignAnswer } from '../translation.js';

const STOPS: Readonly<Record<string, StopReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

/** Reads a chat completion: its first choice. */
export function readChatAnswer(json: JsonObject): Answer {
  const [choice] = objectsOf(json.choices);
  if (!choice || !isObject(choice.message)) throw new ForeignAnswer('There is no choice with a message.');
  const blocks = blocksOf(choice.message);
  const hasCalls = blocks.some(({ kind }) => kind === 'tool_call');
  return { blocks, stop: stopOf(choice.finish_reason, hasCalls), usage: readUsageOf.openai(json.usage) };
}

/** Some servers say `stop` when tools are called, and new reasons come up: neither is a reason to fail. */
function stopOf(reason: JsonValue | undefined, hasCalls: boolean): StopReason {
  const known = typeof reason === 'string' && Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined;
  return hasCalls && (known === undefined || known === 'stop') ? 'tool_calls' : (known ?? 'stop');
}

function blocksOf(message: JsonObject): Block[] {
  const blocks: Block[] = [];
  const thought = reasoningIn(message);
  if (thought) blocks.push({ kind: 'thinking', text: thought });
  const text = contentText(message.content);
  if (text) blocks.push({ kind: 'text', text });
  const refusal = textOf(message.refusal);
  if (refusal) blocks.push({ kind: 'refusal', text: refusal });
  for (const [index, call] of objectsOf(message.tool_calls).entries()) {
    const { name, arguments: args } = objectOf(call.function);
    const id = textOf(call.id) || `call_${index}`;
    blocks.push({ kind: 'tool_call', id, name: textOr(name), arguments: argumentText(args) });
  }
  return blocks;
}

/** DeepSeek, vLLM and others have `reasoning_content`; OpenRouter, Groq and newer vLLM `reasoning`. */
function reasoningIn({ reasoning_content: content, reasoning }: JsonObject): string {
  return textOr(content) || textOr(reasoning);
}

function contentText(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map(({ text }) => textOr(text))
    .join('');
}

/** Some servers send the arguments as an object. */
function argumentText(args: JsonValue | undefined): string {
  return isObject(args) ? JSON.stringify(args) : textOr(args);
}

/** Reads the chunks of a streamed chat completion. */
export class ChatStreamReader implements StreamReader {
  isComplete = false;
  /** Only the framing knows: `[DONE]`. */
  readonly isOver = false;
  private readonly calls: { readonly key: number; readonly id: string }[] = [];

  read({ data }: StreamMessage): readonly AnswerEvent[] {
    if (data.error !== undefined && data.error !== null) return [{ kind: 'error' }];
    const events: AnswerEvent[] = [];
    const [choice] = objectsOf(data.choices);
    if (choice && (choice.index ?? 0) === 0) this.readChoice(choice, events);
    const usage = readUsageOf.openai(data.usage ?? objectOf(data.x_groq).usage);
    if (usage) events.push({ kind: 'usage', usage });
    return events;
  }

  private readChoice({ delta, finish_reason: reason }: JsonObject, events: AnswerEvent[]): void {
    const said = objectOf(delta);
    push(events, 'thinking', reasoningIn(said));
    push(events, 'text', contentText(said.content));
    push(events, 'refusal', textOr(said.refusal));
    for (const call of objectsOf(said.tool_calls)) this.readCall(call, events);
    if (typeof reason !== 'string' || reason === '') return;
    this.isComplete = true;
    events.push({ kind: 'stop', stop: stopOf(reason, this.calls.length > 0) });
  }

  private readCall(call: JsonObject, events: AnswerEvent[]): void {
    const { name, arguments: args } = objectOf(call.function);
    const index = this.indexOf(call, name, events);
    const text = argumentText(args);
    if (text !== '') events.push({ kind: 'arguments', index, text });
  }

  /** Which call a piece belongs to. Indexes may begin at 1, have gaps, or be all the same: a new id is a new call. */
  private indexOf(call: JsonObject, name: JsonValue | undefined, events: AnswerEvent[]): number {
    const id = textOr(call.id);
    const key = numberOf(call.index) ?? (id || !this.calls.length ? this.calls.length : (this.calls.at(-1)?.key ?? 0));
    const known = this.calls.findLastIndex((other) => other.key === key && (id === '' || other.id === id));
    if (known !== -1) return known;
    const index = this.calls.length;
    this.calls.push({ key, id: id || `call_${index}` });
    events.push({ kind: 'tool_call', index, id: id || `call_${index}`, name: textOr(name) });
    return index;
  }
}

function push(events: AnswerEvent[], kind: 'text' | 'thinking' | 'refusal', text: string): void {
  if (text !== '') events.push({ kind, text });
}

/** Explains a refusal in OpenAI's shape, or in one of the others that are about. */
export function readChatError(status: number, body: Buffer): ClientError {
  const json = parseObject(body.toString()) ?? {};
  const error = isObject(json.error) ? json.error : json;
  const said = textOf(error.message) ?? textOf(json.error) ?? textOf(json.detail);
  return {
    status,
    message: said ?? `The provider refused the request with status ${status}.`,
    type: 'invalid_request_error',
    param: textOf(error.param) ?? null,
    code: textOf(error.code) ?? null,
  };
}
