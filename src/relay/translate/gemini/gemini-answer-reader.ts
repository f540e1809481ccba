import { newId } from '../../../common/ids.js';
import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { ClientError } from '../../client-error.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamMessage, StreamReader } from '../dialects.js';
import { isObject, objectOf, objectsOf, textOf, textOr } from '../json.js';
import { ForeignAnswer } from '../translation.js';
import { markSignature } from './gemini-signature.js';
import { GeminiUsage } from './gemini-usage.js';

const STOPS: Readonly<Record<string, StopReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  MODEL_ARMOR: 'content_filter',
};

/** Reads a whole answer: the first candidate, since only one is asked for; or why the prompt was blocked. */
export function readGeminiAnswer(json: JsonObject): Answer {
  const usage = new GeminiUsage().take(json);
  const [candidate] = objectsOf(json.candidates);
  if (!candidate) {
    if (!isBlocked(json)) throw new ForeignAnswer('There is no candidate.');
    return { blocks: [], stop: 'content_filter', usage };
  }
  const blocks = partsOf(candidate).flatMap(readPart);
  return { blocks: joined(blocks), stop: stopOf(candidate.finishReason, blocks.some(isCall)), usage };
}

function isBlocked({ promptFeedback }: JsonObject): boolean {
  return typeof objectOf(promptFeedback).blockReason === 'string';
}

function partsOf({ content }: JsonObject): JsonObject[] {
  return objectsOf(objectOf(content).parts);
}

function isCall({ kind }: { readonly kind: string }): boolean {
  return kind === 'tool_call';
}

/** Gemini says STOP when it calls functions, too; reasons that nobody knows are no reason to fail. */
function stopOf(reason: JsonValue | undefined, hasCalls: boolean): StopReason {
  const stop = (typeof reason === 'string' && Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined) ?? 'stop';
  return stop === 'stop' && hasCalls ? 'tool_calls' : stop;
}

/** What runs at Google itself (code, searches) and pictures that it makes are passed over. */
function readPart({ text, thought, functionCall, thoughtSignature }: JsonObject): Block[] {
  if (isObject(functionCall)) return [...signed(thoughtSignature), callOf(functionCall)];
  if (typeof text !== 'string' || text === '') return [];
  return [{ kind: thought === true ? 'thinking' : 'text', text }];
}

function signed(signature: JsonValue | undefined): Block[] {
  return typeof signature === 'string' ? [{ kind: 'thinking', text: '', signature: markSignature(signature) }] : [];
}

/** Most of its calls have no id, and answers to them are known by name and order. */
function callOf({ id, name, args }: JsonObject): Extract<Block, { kind: 'tool_call' }> {
  const known = textOf(id) ?? `call_${newId().replaceAll('-', '')}`;
  return { kind: 'tool_call', id: known, name: textOr(name), arguments: JSON.stringify(objectOf(args)) };
}

/** Neighbours of one kind are one: a part is no more than a piece. */
function joined(blocks: readonly Block[]): Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const last = all.at(-1);
    if (last?.kind === 'text' && block.kind === 'text') all[all.length - 1] = { ...last, text: last.text + block.text };
    else if (last?.kind === 'thinking' && block.kind === 'thinking' && !last.signature) {
      all[all.length - 1] = { ...block, text: last.text + block.text };
    } else all.push(block);
  }
  return all;
}

/** Reads the chunks of a stream, each a whole answer in small. */
export class GeminiStreamReader implements StreamReader {
  isComplete = false;
  private readonly usage = new GeminiUsage();
  private tools = 0;

  get isOver(): boolean {
    return this.isComplete;
  }

  read({ data }: StreamMessage): readonly AnswerEvent[] {
    if (isObject(data.error)) return [{ kind: 'error' }];
    const [candidate = {}] = objectsOf(data.candidates);
    const events = partsOf(candidate).flatMap((part) => this.part(part));
    const usage = this.usage.take(data);
    if (usage) events.push({ kind: 'usage', usage });
    const stop = this.stopIn(candidate, data);
    if (stop) events.push({ kind: 'stop', stop });
    return events;
  }

  private part(part: JsonObject): AnswerEvent[] {
    return readPart(part).flatMap((block) => this.events(block));
  }

  private events(block: Block): AnswerEvent[] {
    if (block.kind === 'text') return [{ kind: 'text', text: block.text }];
    if (block.kind === 'thinking') {
      return block.signature
        ? [{ kind: 'signature', signature: block.signature }]
        : [{ kind: 'thinking', text: block.text }];
    }
    if (block.kind !== 'tool_call') return [];
    const index = this.tools++;
    const { id, name, arguments: text } = block;
    return [
      { kind: 'tool_call', index, id, name },
      { kind: 'arguments', index, text },
    ];
  }

  private stopIn({ finishReason }: JsonObject, data: JsonObject): StopReason | undefined {
    const isFinished = typeof finishReason === 'string';
    if (!isFinished && !isBlocked(data)) return undefined;
    this.isComplete = true;
    return isFinished ? stopOf(finishReason, this.tools > 0) : 'content_filter';
  }
}

/** Explains a refusal of Google's: `{"error": {"code", "message", "status"}}`, in a list for some. */
export function readGeminiError(status: number, body: Buffer): ClientError {
  return {
    status,
    message: textOf(objectOf(errorIn(body)).message) ?? `The provider refused the request with status ${status}.`,
    type: 'invalid_request_error',
    param: null,
    code: status === 404 ? 'model_not_found' : null,
  };
}

function errorIn(body: Buffer): JsonValue | undefined {
  try {
    const json = JSON.parse(body.toString()) as JsonValue;
    return objectOf(Array.isArray(json) ? json[0] : json).error;
  } catch {
    return undefined;
  }
}
