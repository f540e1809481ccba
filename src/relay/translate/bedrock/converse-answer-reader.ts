import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { ClientError } from '../../client-error.js';
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
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** Reads the answer of `converse`. */
export function readConverseAnswer(json: JsonObject): Answer {
  const { content } = objectOf(objectOf(json.output).message);
  if (!Array.isArray(content)) throw new ForeignAnswer('There is no content.');
  return {
    blocks: objectsOf(content).flatMap(readBlock),
    stop: stopOf(json.stopReason),
    usage: readUsageOf.bedrock(json.usage),
  };
}

/** New reasons come up: none is a reason to fail. */
function stopOf(reason: JsonValue | undefined): StopReason {
  return (typeof reason === 'string' && Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined) ?? 'stop';
}

/** A block has one member, which names its kind. */
function readBlock({ text, toolUse, reasoningContent }: JsonObject): Block[] {
  if (typeof text === 'string') return text === '' ? [] : [{ kind: 'text', text }];
  if (isObject(toolUse)) {
    const { toolUseId, name, input } = toolUse;
    return [
      { kind: 'tool_call', id: textOr(toolUseId), name: textOr(name), arguments: JSON.stringify(objectOf(input)) },
    ];
  }
  return isObject(reasoningContent) ? readThought(reasoningContent) : [];
}

function readThought({ reasoningText, redactedContent }: JsonObject): Block[] {
  if (typeof redactedContent === 'string') return [{ kind: 'redacted_thinking', data: redactedContent }];
  const { text, signature } = objectOf(reasoningText);
  return [{ kind: 'thinking', text: textOr(text), signature: textOf(signature) || undefined }];
}

/** Reads the events of `converse-stream`. The usage comes after the reason why it stopped. */
export class ConverseStreamReader implements StreamReader {
  isComplete = false;
  isOver = false;
  private tools = 0;
  /** Whether the open block is a call that no piece of input has come for. */
  private isBareCall = false;

  read({ event, data }: StreamMessage): readonly AnswerEvent[] {
    switch (event) {
      case 'contentBlockStart':
        return this.startOf(objectOf(objectOf(data.start).toolUse));
      case 'contentBlockDelta':
        return this.deltaOf(objectOf(data.delta));
      case 'contentBlockStop':
        return this.closed();
      case 'messageStop':
        this.isComplete = true;
        return [{ kind: 'stop', stop: stopOf(data.stopReason) }];
      case 'metadata':
        return this.counted(data.usage);
      default:
        return isObject(data.error) ? [{ kind: 'error' }] : [];
    }
  }

  private startOf({ toolUseId, name }: JsonObject): AnswerEvent[] {
    if (typeof toolUseId !== 'string') return [];
    this.isBareCall = true;
    return [{ kind: 'tool_call', index: this.tools++, id: toolUseId, name: textOr(name) }];
  }

  private deltaOf({ text, toolUse, reasoningContent }: JsonObject): AnswerEvent[] {
    if (typeof text === 'string') return text === '' ? [] : [{ kind: 'text', text }];
    if (isObject(toolUse)) return this.argumentsOf(textOr(toolUse.input));
    return isObject(reasoningContent) ? thoughtOf(reasoningContent) : [];
  }

  private argumentsOf(text: string): AnswerEvent[] {
    if (text === '' || this.tools === 0) return [];
    this.isBareCall = false;
    return [{ kind: 'arguments', index: this.tools - 1, text }];
  }

  private closed(): AnswerEvent[] {
    if (!this.isBareCall) return [];
    this.isBareCall = false;
    return [{ kind: 'arguments', index: this.tools - 1, text: '{}' }];
  }

  private counted(value: JsonValue | undefined): AnswerEvent[] {
    this.isOver = this.isComplete;
    const usage = readUsageOf.bedrock(value);
    return usage ? [{ kind: 'usage', usage }] : [];
  }
}

function thoughtOf({ text, signature, redactedContent }: JsonObject): AnswerEvent[] {
  if (typeof text === 'string') return [{ kind: 'thinking', text }];
  if (typeof signature === 'string') return [{ kind: 'signature', signature }];
  return typeof redactedContent === 'string' ? [{ kind: 'redacted_thinking', data: redactedContent }] : [];
}

/** Explains a refusal of Bedrock's: `{"message"}`, in some places with a capital letter. */
export function readConverseError(status: number, body: Buffer): ClientError {
  const json = parseObject(body.toString());
  return {
    status,
    message: textOf(json?.message ?? json?.Message) ?? `The provider refused the request with status ${status}.`,
    type: 'invalid_request_error',
    param: null,
    code: status === 404 ? 'model_not_found' : null,
  };
}
