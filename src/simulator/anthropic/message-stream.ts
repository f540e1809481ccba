import type { Call, Frame, Json, JsonObject } from '../answer.js';
import { grouped } from '../chat-stream.js';
import type { Turn } from '../turn.js';

/** The events of a streamed message: its start, each block, and its end; `ping` comes after the start. */
export function* messageFrames(call: Call, message: JsonObject, turn: Turn): Generator<Frame> {
  const usage = message.usage as JsonObject;
  const begun = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  yield frame('message_start', { message: begun });
  yield frame('ping', {});
  const padding = call.directives.padding ? 'x'.repeat(call.directives.padding) : undefined;
  for (const [index, block] of (message.content as JsonObject[]).entries()) {
    yield* blockFrames(index, block, { call, turn, padding });
  }
  if (omits(call, 'finish')) return;
  const { stop_reason: reason = null, stop_sequence: sequence = null } = message;
  const counted: JsonObject = call.directives.usage === 'none' ? {} : { usage };
  yield {
    ...frame('message_delta', { delta: { stop_reason: reason, stop_sequence: sequence }, ...counted }),
    hasUsage: true,
  };
  if (!omits(call, 'done')) yield frame('message_stop', {});
}

interface Surroundings {
  readonly call: Call;
  readonly turn: Turn;
  readonly padding: string | undefined;
}

function* blockFrames(index: number, block: JsonObject, { call, turn, padding }: Surroundings): Generator<Frame> {
  const { empty, name, delta, pieces } = streamed(block, turn);
  yield frame('content_block_start', { index, content_block: empty });
  for (const part of grouped(pieces, call.directives.chunkTokens ?? 1)) {
    const text = { type: delta, [name]: part.join('') };
    yield { ...frame('content_block_delta', { index, delta: text, ...(padding && { padding }) }), tokens: part.length };
  }
  if (block.type === 'thinking') {
    const signed = { type: 'signature_delta', signature: block.signature ?? '' };
    yield frame('content_block_delta', { index, delta: signed });
  }
  yield frame('content_block_stop', { index });
}

interface Streamed {
  /** The block as it begins. */
  readonly empty: JsonObject;
  /** The type of its deltas, and the member that they carry. */
  readonly delta: string;
  readonly name: string;
  readonly pieces: readonly string[];
}

function streamed(block: JsonObject, turn: Turn): Streamed {
  if (block.type === 'thinking') {
    const empty = { type: 'thinking', thinking: '', signature: '' };
    return { empty, delta: 'thinking_delta', name: 'thinking', pieces: turn.reasoning };
  }
  if (block.type === 'text') {
    return { empty: { type: 'text', text: '' }, delta: 'text_delta', name: 'text', pieces: turn.text };
  }
  const pieces = turn.toolCalls.find(({ id }) => `tool${id}` === block.id)?.arguments ?? [];
  return { empty: { ...block, input: {} }, delta: 'input_json_delta', name: 'partial_json', pieces };
}

function frame(type: string, rest: { [key: string]: Json }): Frame {
  return { event: type, data: JSON.stringify({ type, ...rest }), tokens: 0 };
}

function omits({ directives }: Call, part: string): boolean {
  return directives.omit?.split(',').includes(part) ?? false;
}
