import type { JsonObject } from '../../../snapshot/snapshot.js';
import { readUsageOf } from '../../usage/usage-reader.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamMessage, StreamReader } from '../dialects.js';
import { numberOf, objectOf, objectsOf, textOr } from '../json.js';
import { ForeignAnswer } from '../translation.js';
import { signatureOf, thoughtText } from './upstream-thought.js';

/** Reads a response. Items of kinds that no other dialect has are passed over. */
export function readResponseAnswer(json: JsonObject): Answer {
  if (!Array.isArray(json.output) || json.status === 'failed') throw new ForeignAnswer('There is no output.');
  const blocks = objectsOf(json.output).flatMap(readItem);
  return {
    blocks,
    stop: stopOf(
      json,
      blocks.some(({ kind }) => kind === 'tool_call'),
    ),
    usage: readUsageOf.openai(json.usage),
  };
}

function stopOf({ status, incomplete_details: details }: JsonObject, hasCalls: boolean): StopReason {
  if (status === 'incomplete') return objectOf(details).reason === 'content_filter' ? 'content_filter' : 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

function readItem(item: JsonObject): Block[] {
  switch (item.type) {
    case 'message':
      return objectsOf(item.content).flatMap(readPart);
    case 'function_call':
      return [
        { kind: 'tool_call', id: textOr(item.call_id), name: textOr(item.name), arguments: textOr(item.arguments) },
      ];
    case 'reasoning': {
      const thought = { kind: 'thinking' as const, text: thoughtText(item), signature: signatureOf(item) };
      return thought.text !== '' || thought.signature ? [thought] : [];
    }
    default:
      return [];
  }
}

function readPart({ type, text, refusal }: JsonObject): Block[] {
  if (type === 'refusal') return [{ kind: 'refusal', text: textOr(refusal) }];
  return type === 'output_text' ? [{ kind: 'text', text: textOr(text) }] : [];
}

/** Reads the events of a streamed response. */
export class ResponseStreamReader implements StreamReader {
  isComplete = false;
  /** Our number of each function call, by its place in the output; and whether a piece of its arguments came. */
  private readonly calls = new Map<number, { readonly index: number; hasArguments: boolean }>();

  get isOver(): boolean {
    return this.isComplete;
  }

  read({ data }: StreamMessage): readonly AnswerEvent[] {
    const delta = textOr(data.delta);
    switch (data.type) {
      case 'response.output_text.delta':
        return [{ kind: 'text', text: delta }];
      case 'response.refusal.delta':
        return [{ kind: 'refusal', text: delta }];
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return [{ kind: 'thinking', text: delta }];
      case 'response.output_item.added':
        return this.begun(data);
      case 'response.function_call_arguments.delta':
        return this.argumentsOf(data, delta);
      case 'response.output_item.done':
        return this.done(data);
      default:
        return this.ending(data);
    }
  }

  private begun({ item, output_index: place }: JsonObject): AnswerEvent[] {
    const { type, call_id: id, name } = objectOf(item);
    if (type !== 'function_call') return [];
    const index = this.calls.size;
    this.calls.set(numberOf(place) ?? index, { index, hasArguments: false });
    return [{ kind: 'tool_call', index, id: textOr(id), name: textOr(name) }];
  }

  private argumentsOf({ output_index: place }: JsonObject, text: string): AnswerEvent[] {
    const call = this.calls.get(numberOf(place) ?? -1);
    if (!call || text === '') return [];
    call.hasArguments = true;
    return [{ kind: 'arguments', index: call.index, text }];
  }

  private done({ item, output_index: place }: JsonObject): AnswerEvent[] {
    const { type, arguments: text, ...rest } = objectOf(item);
    if (type === 'reasoning') {
      const signature = signatureOf(rest);
      return signature === undefined ? [] : [{ kind: 'signature', signature }];
    }
    const call = this.calls.get(numberOf(place) ?? -1);
    return call && !call.hasArguments ? this.argumentsOf({ output_index: place ?? null }, textOr(text)) : [];
  }

  private ending({ type, response }: JsonObject): AnswerEvent[] {
    if (type === 'error' || type === 'response.failed' || type === 'response.cancelled') return [{ kind: 'error' }];
    if (type !== 'response.completed' && type !== 'response.incomplete') return [];
    this.isComplete = true;
    const whole = objectOf(response);
    const stop: AnswerEvent = { kind: 'stop', stop: stopOf(whole, this.calls.size > 0) };
    const usage = readUsageOf.openai(whole.usage);
    return usage ? [{ kind: 'usage', usage }, stop] : [stop];
  }
}
