import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Answer, AnswerEvent, Block, StopReason } from '../conversation.js';
import type { StreamWriter } from '../dialects.js';
import { parseObject } from '../json.js';
import { ForeignAnswer, type TranslationContext } from '../translation.js';
import { messageUsage } from './message-usage.js';

const STOP_REASONS: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  context_length: 'model_context_window_exceeded',
  tool_calls: 'tool_use',
  pause: 'pause_turn',
  content_filter: 'refusal',
  refusal: 'refusal',
};

/** Writes a message. */
export function writeMessageAnswer(answer: Answer, context: TranslationContext): JsonObject {
  return {
    ...emptyMessage(context, answer.usage),
    content: answer.blocks.flatMap(writeBlock),
    stop_reason: STOP_REASONS[answer.stop],
    stop_sequence: answer.stopSequence ?? null,
  };
}

function emptyMessage({ id, shownModel }: TranslationContext, usage: LedgerUsage | undefined): JsonObject {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: shownModel,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: messageUsage(usage),
  };
}

function writeBlock(block: Block): JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: block.text }];
    case 'thinking':
      return [{ type: 'thinking', thinking: block.text, signature: block.signature ?? '' }];
    case 'redacted_thinking':
      return [{ type: 'redacted_thinking', data: block.data }];
    case 'tool_call':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: parseObject(block.arguments || '{}') ?? {} }];
    default:
      return [];
  }
}

type BlockType = 'text' | 'thinking' | 'tool_use';

/** Writes the events of a streamed message. One block is open at a time; its kind changes with what is said. */
export class MessageStreamWriter implements StreamWriter {
  private hasBegun = false;
  private open: BlockType | undefined;
  /** Blocks begun so far. */
  private blocks = 0;
  private tool = -1;
  private stop: Extract<AnswerEvent, { kind: 'stop' }> = { kind: 'stop', stop: 'stop' };
  private usage: LedgerUsage | undefined;

  constructor(private readonly context: TranslationContext) {}

  write(event: AnswerEvent): string {
    if (event.kind === 'usage') this.usage = event.usage;
    if (event.kind === 'stop') this.stop = event;
    return this.begin() + this.eventOf(event);
  }

  end(note?: JsonObject): string {
    const { stop, stopSequence } = this.stop;
    const delta = { stop_reason: STOP_REASONS[stop], stop_sequence: stopSequence ?? null };
    const last = { delta, usage: messageUsage(this.usage), ...(note && { waggle: note }) };
    return `${this.begin()}${this.close()}${frame('message_delta', last)}${frame('message_stop', {})}`;
  }

  private eventOf(event: AnswerEvent): string {
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return this.delta('text', { type: 'text_delta', text: event.text });
      case 'thinking':
        return this.delta('thinking', { type: 'thinking_delta', thinking: event.text });
      case 'signature':
        // A signature ends its thought; the next one is a block of its own.
        return this.delta('thinking', { type: 'signature_delta', signature: event.signature }) + this.close();
      case 'redacted_thinking':
        return this.start('thinking', { type: 'redacted_thinking', data: event.data }) + this.close();
      case 'tool_call':
        this.tool = event.index;
        return this.start('tool_use', { type: 'tool_use', id: event.id, name: event.name, input: {} });
      case 'arguments':
        return this.argumentDelta(event.index, event.text);
      default:
        return '';
    }
  }

  /** Blocks can't be opened again: pieces of several calls must come one call after the other. */
  private argumentDelta(index: number, text: string): string {
    if (this.open !== 'tool_use' || index !== this.tool) throw new ForeignAnswer('Tool calls come interleaved.');
    return this.delta('tool_use', { type: 'input_json_delta', partial_json: text });
  }

  private begin(): string {
    if (this.hasBegun) return '';
    this.hasBegun = true;
    return frame('message_start', { message: emptyMessage(this.context, this.usage) });
  }

  private delta(type: BlockType, delta: JsonObject): string {
    const start = this.open === type ? '' : this.start(type, EMPTY[type]);
    return start + frame('content_block_delta', { index: this.blocks - 1, delta });
  }

  private start(type: BlockType, block: JsonObject): string {
    const close = this.close();
    this.open = type;
    return close + frame('content_block_start', { index: this.blocks++, content_block: block });
  }

  private close(): string {
    if (this.open === undefined) return '';
    this.open = undefined;
    return frame('content_block_stop', { index: this.blocks - 1 });
  }
}

const EMPTY: Readonly<Record<BlockType, JsonObject>> = {
  text: { type: 'text', text: '' },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  tool_use: { type: 'tool_use', id: '', name: '', input: {} }, // never begun by a delta
};

function frame(type: string, rest: Readonly<Record<string, JsonValue>>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}
