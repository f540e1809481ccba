import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamWriter } from '../dialects.js';
import type { TranslationContext } from '../translation.js';
import { chatUsage } from './chat-usage.js';

const FINISH_REASONS: Readonly<Record<StopReason, string>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  pause: 'stop',
  length: 'length',
  context_length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  refusal: 'content_filter',
};

/** Writes a chat completion. */
export function writeChatAnswer(answer: Answer, context: TranslationContext): JsonObject {
  const choice = { index: 0, message: messageOf(answer.blocks), logprobs: null };
  return {
    id: `chatcmpl-${context.id}`,
    object: 'chat.completion',
    created: context.createdSeconds,
    model: context.shownModel,
    choices: [{ ...choice, finish_reason: FINISH_REASONS[answer.stop] }],
    ...(answer.usage && { usage: chatUsage(answer.usage) }),
    system_fingerprint: null,
  };
}

function messageOf(blocks: readonly Block[]): JsonObject {
  const text = joined(blocks, 'text');
  const refusal = joined(blocks, 'refusal');
  const calls = blocks.filter((block) => block.kind === 'tool_call').map(callOf);
  const message: JsonObject = { role: 'assistant', content: text ?? (calls.length > 0 || refusal ? null : '') };
  message.refusal = refusal ?? null;
  message.annotations = [];
  const thoughts = blocks.map(thoughtOf).filter((thought) => thought !== undefined);
  const reasoning = joined(blocks, 'thinking');
  if (reasoning !== undefined) message.reasoning_content = reasoning;
  if (thoughts.length > 0) message.thinking_blocks = thoughts;
  if (calls.length > 0) message.tool_calls = calls;
  return message;
}

function joined(blocks: readonly Block[], kind: 'text' | 'refusal' | 'thinking'): string | undefined {
  const texts = blocks.flatMap((block) => (block.kind === kind ? [block.text] : []));
  return texts.length > 0 ? texts.join('') : undefined;
}

function callOf(block: Extract<Block, { kind: 'tool_call' }>): JsonObject {
  return { id: block.id, type: 'function', function: { name: block.name, arguments: block.arguments } };
}

/** A thought that its provider takes back: signed, or sealed. */
function thoughtOf(block: Block): JsonObject | undefined {
  if (block.kind === 'redacted_thinking') return { type: 'redacted_thinking', data: block.data };
  if (block.kind !== 'thinking' || !block.signature) return undefined;
  return { type: 'thinking', thinking: block.text, signature: block.signature };
}

/** Writes the chunks of a streamed chat completion. */
export class ChatStreamWriter implements StreamWriter {
  private readonly head: string;
  private readonly tail: string;
  private hasBegun = false;
  private stop: StopReason = 'stop';
  private usage: LedgerUsage | undefined;
  private thought = '';

  constructor(private readonly context: TranslationContext) {
    const { id, createdSeconds: created, shownModel: model, asksForUsage } = context;
    const common = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created, model };
    this.head = `data: ${JSON.stringify(common).slice(0, -1)},"system_fingerprint":null,"choices":`;
    this.tail = asksForUsage ? ',"usage":null}\n\n' : '}\n\n';
  }

  write(event: AnswerEvent): string {
    const begin = this.hasBegun ? '' : this.chunk({ role: 'assistant', content: '', refusal: null });
    this.hasBegun = true;
    const delta = this.deltaOf(event);
    return delta ? begin + this.chunk(delta) : begin;
  }

  end(note?: JsonObject): string {
    const begin = this.hasBegun ? '' : this.chunk({ role: 'assistant', content: '', refusal: null });
    const usage =
      this.context.asksForUsage && this.usage
        ? `${this.head}[],"usage":${JSON.stringify(chatUsage(this.usage))}}\n\n`
        : '';
    return `${begin}${this.chunk({}, FINISH_REASONS[this.stop], note)}${usage}data: [DONE]\n\n`;
  }

  private deltaOf(event: AnswerEvent): JsonObject | undefined {
    switch (event.kind) {
      case 'text':
        return { content: event.text };
      case 'refusal':
        return { refusal: event.text };
      case 'thinking':
        this.thought += event.text;
        return { reasoning_content: event.text };
      case 'signature':
        return this.signed(event.signature);
      case 'redacted_thinking':
        return { thinking_blocks: [{ type: 'redacted_thinking', data: event.data }] };
      case 'tool_call':
        return toolDelta(event.index, {
          id: event.id,
          type: 'function',
          function: { name: event.name, arguments: '' },
        });
      case 'arguments':
        return toolDelta(event.index, { function: { arguments: event.text } });
      default:
        this.note(event);
        return undefined;
    }
  }

  /** The whole thought once more with its signature: clients have to send both back. */
  private signed(signature: string): JsonObject {
    const thinking = this.thought;
    this.thought = '';
    return { thinking_blocks: [{ type: 'thinking', thinking, signature }] };
  }

  private note(event: AnswerEvent): void {
    if (event.kind === 'stop') this.stop = event.stop;
    else if (event.kind === 'usage') this.usage = event.usage;
  }

  private chunk(delta: JsonObject, finish: string | null = null, note?: JsonObject): string {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
    const word = note ? `,"waggle":${JSON.stringify(note)}` : '';
    return `${this.head}[${JSON.stringify(choice)}]${word}${this.tail}`;
  }
}

function toolDelta(index: number, call: Record<string, JsonValue>): JsonObject {
  return { tool_calls: [{ index, ...call }] };
}
