import type { Frame, JsonObject } from './answer.js';

/** An item of a response's output, and the pieces it is streamed in. */
export interface Item {
  readonly item: JsonObject;
  readonly pieces: readonly string[];
}

type Event = readonly [event: JsonObject & { type: string }, tokens?: number];

/** The events of a streamed response, numbered, from `response.created` to `response.completed` or `.incomplete`. */
export function* eventsOf(response: JsonObject, items: readonly Item[]): Generator<Frame> {
  let number = 0;
  for (const [event, tokens = 0] of events(response, items)) {
    const { type, ...rest } = event;
    const data = JSON.stringify({ type, sequence_number: number++, ...rest });
    const hasUsage = type === 'response.completed' || type === 'response.incomplete';
    yield { event: type, data, tokens, hasUsage };
  }
}

/** How a response stream tells that it broke down. */
export function failedEvent(response: JsonObject, message: string, sent: number): Frame {
  const error = { code: 'server_error', message };
  const failed = { ...response, status: 'failed', error, usage: null };
  const data = JSON.stringify({ type: 'response.failed', sequence_number: sent, response: failed });
  return { event: 'response.failed', data, tokens: 0 };
}

function* events(response: JsonObject, items: readonly Item[]): Generator<Event> {
  const begun = { ...response, status: 'in_progress', incomplete_details: null, usage: null };
  yield [{ type: 'response.created', response: begun }];
  yield [{ type: 'response.in_progress', response: begun }];
  for (const [index, item] of items.entries()) yield* itemEvents(index, item);
  const output = items.map(({ item }) => item);
  yield [{ type: `response.${String(response.status)}`, response: { ...response, output } }];
}

function* itemEvents(index: number, { item, pieces }: Item): Generator<Event> {
  const at = { output_index: index };
  if (item.type === 'message') {
    yield [{ type: 'response.output_item.added', ...at, item: { ...item, status: 'in_progress', content: [] } }];
    yield* textEvents(index, item, pieces);
  } else if (item.type === 'function_call') {
    yield [{ type: 'response.output_item.added', ...at, item: { ...item, status: 'in_progress', arguments: '' } }];
    yield* argumentEvents(index, item, pieces);
  } else {
    yield [{ type: 'response.output_item.added', ...at, item: { ...item, summary: [] } }];
    yield* summaryEvents(index, item, pieces);
  }
  yield [{ type: 'response.output_item.done', ...at, item }];
}

function* textEvents(index: number, item: JsonObject, pieces: readonly string[]): Generator<Event> {
  const at = { item_id: item.id ?? '', output_index: index, content_index: 0 };
  const empty = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  const text = pieces.join('');
  yield [{ type: 'response.content_part.added', ...at, part: empty }];
  for (const delta of pieces) yield [{ type: 'response.output_text.delta', ...at, delta, logprobs: [] }, 1];
  yield [{ type: 'response.output_text.done', ...at, text, logprobs: [] }];
  yield [{ type: 'response.content_part.done', ...at, part: { ...empty, text } }];
}

function* summaryEvents(index: number, item: JsonObject, pieces: readonly string[]): Generator<Event> {
  const at = { item_id: item.id ?? '', output_index: index, summary_index: 0 };
  const part = { type: 'summary_text', text: pieces.join('') };
  yield [{ type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } }];
  for (const delta of pieces) yield [{ type: 'response.reasoning_summary_text.delta', ...at, delta }, 1];
  yield [{ type: 'response.reasoning_summary_text.done', ...at, text: part.text }];
  yield [{ type: 'response.reasoning_summary_part.done', ...at, part }];
}

function* argumentEvents(index: number, item: JsonObject, pieces: readonly string[]): Generator<Event> {
  const at = { item_id: item.id ?? '', output_index: index };
  for (const delta of pieces) yield [{ type: 'response.function_call_arguments.delta', ...at, delta }, 1];
  const done = { ...at, name: item.name ?? '', arguments: item.arguments ?? '' };
  yield [{ type: 'response.function_call_arguments.done', ...done }];
}
