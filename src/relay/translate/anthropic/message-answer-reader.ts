import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { ClientError } from '../../client-error.js';
import { CumulativeUsage } from '../../usage/cumulative-usage.js';
import { readUsageOf } from '../../usage/usage-reader.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamMessage, StreamReader } from '../dialects.js';
import { isObject, objectOf, objectsOf, parseObject, textOf, textOr } from '../json.js';
import { ForeignAnswer } from '../translation.js';

const STOPS: Readonly<Record<string, StopReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context_length',
  tool_use: 'tool_calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};

/** Reads a message. Blocks of kinds that no other dialect has are passed over. */
export function readMessageAnswer(json: JsonObject): Answer {
  if (!Array.isArray(json.content)) throw new ForeignAnswer('There is no content.');
  return {
    blocks: objectsOf(json.content).flatMap(readBlock),
    stop: stopOf(json.stop_reason),
    stopSequence: textOf(json.stop_sequence),
    usage: readUsageOf.anthropic(json.usage),
  };
}

/** New reasons come up: none is a reason to fail. */
function stopOf(reason: JsonValue | undefined): StopReason {
  return (typeof reason === 'string' && Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined) ?? 'stop';
}

function readBlock(block: JsonObject): Block[] {
  switch (block.type) {
    case 'text':
      return [{ kind: 'text', text: textOr(block.text) }];
    case 'thinking':
      return [{ kind: 'thinking', text: textOr(block.thinking), signature: textOf(block.signature) || undefined }];
    case 'redacted_thinking':
      return [{ kind: 'redacted_thinking', data: textOr(block.data) }];
    case 'tool_use':
      return [{ kind: 'tool_call', id: textOr(block.id), name: textOr(block.name), arguments: inputText(block.input) }];
    default:
      return [];
  }
}

function inputText(input: JsonValue | undefined): string {
  return JSON.stringify(objectOf(input));
}

/** Reads the events of a streamed message. */
export class MessageStreamReader implements StreamReader {
  isComplete = false;
  private readonly counts = new CumulativeUsage(readUsageOf.anthropic);
  private tools = 0;
  /** The input of the open tool call as its start has it, until a piece of it comes. */
  private input: string | undefined;

  get isOver(): boolean {
    return this.isComplete;
  }

  read({ data }: StreamMessage): readonly AnswerEvent[] {
    switch (data.type) {
      case 'message_start':
        return this.counted(objectOf(data.message).usage);
      case 'content_block_start':
        return this.startOf(objectOf(data.content_block));
      case 'content_block_delta':
        return this.deltaOf(objectOf(data.delta));
      case 'content_block_stop':
        return this.closed();
      case 'message_delta':
        return this.ending(objectOf(data.delta), data.usage);
      case 'message_stop':
        this.isComplete = true;
        return [];
      default:
        return data.type === 'error' || isObject(data.error) ? [{ kind: 'error' }] : [];
    }
  }

  private counted(usage: JsonValue | undefined): AnswerEvent[] {
    this.counts.take(usage);
    const read = this.counts.read();
    return read ? [{ kind: 'usage', usage: read }] : [];
  }

  private startOf(block: JsonObject): AnswerEvent[] {
    if (block.type === 'redacted_thinking') return [{ kind: 'redacted_thinking', data: textOr(block.data) }];
    if (block.type === 'text' && textOr(block.text) !== '') return [{ kind: 'text', text: textOr(block.text) }];
    if (block.type !== 'tool_use') return [];
    this.input = inputText(block.input);
    return [{ kind: 'tool_call', index: this.tools++, id: textOr(block.id), name: textOr(block.name) }];
  }

  private deltaOf(delta: JsonObject): AnswerEvent[] {
    switch (delta.type) {
      case 'text_delta':
        return [{ kind: 'text', text: textOr(delta.text) }];
      case 'thinking_delta':
        return [{ kind: 'thinking', text: textOr(delta.thinking) }];
      case 'signature_delta':
        return [{ kind: 'signature', signature: textOr(delta.signature) }];
      case 'input_json_delta':
        return this.argumentsOf(textOr(delta.partial_json));
      default:
        return [];
    }
  }

  /** Pieces of the input of a provider's own tool mean nothing to others. */
  private argumentsOf(text: string): AnswerEvent[] {
    if (text === '' || this.input === undefined) return [];
    this.input = '';
    return [{ kind: 'arguments', index: this.tools - 1, text }];
  }

  /** A call without any piece of input has what its start said, `{}` mostly. */
  private closed(): AnswerEvent[] {
    const { input } = this;
    this.input = undefined;
    return input ? [{ kind: 'arguments', index: this.tools - 1, text: input }] : [];
  }

  private ending(
    { stop_reason: reason, stop_sequence: sequence }: JsonObject,
    usage: JsonValue | undefined,
  ): AnswerEvent[] {
    const events = this.counted(usage);
    if (typeof reason !== 'string') return events;
    return [...events, { kind: 'stop', stop: stopOf(reason), stopSequence: textOf(sequence) }];
  }
}

/** Explains a refusal of Anthropic's. */
export function readMessageError(status: number, body: Buffer): ClientError {
  const { message } = objectOf(parseObject(body.toString())?.error);
  return {
    status,
    message: textOf(message) ?? `The provider refused the request with status ${status}.`,
    type: 'invalid_request_error',
    param: null,
    code: status === 404 ? 'model_not_found' : null,
  };
}
