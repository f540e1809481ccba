import { readEvents } from './stream-invariants.js';

interface ResponseEvent {
  readonly type: string;
  readonly sequence_number?: number;
  readonly output_index?: number;
  readonly response?: { readonly id: string; readonly model: string; readonly status: string };
}

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/**
 * Asserts all that clients rely on in the stream of a response: each event named as its type, one id and one model,
 * numbers that only grow, each item begun before it is spoken of and ended once, and one event at the end that says how
 * it ended, with nothing behind it; or, after a failure, an `error` event.
 */
export function expectTruthfulResponse(body: string): void {
  const events = readEvents(body)
    .filter(({ data }) => data !== '[DONE]')
    .map(({ event, data }) => {
      const parsed = JSON.parse(data) as ResponseEvent;
      if (event !== undefined) expect(event, 'each event is named as its type').toBe(parsed.type);
      return parsed;
    });
  const types = events.map(({ type }) => type);
  expect(types[0], 'the response is created first').toBe('response.created');
  const end = types.findIndex((type) => ENDS.includes(type) || type === 'error');
  expect(end, 'one event says how it ended, and is the last').toBe(types.length - 1);
  for (const name of ['id', 'model'] as const) {
    const said = events.flatMap(({ response }) => (response ? [response[name]] : []));
    expect(new Set(said).size, `one ${name} for all events`).toBe(1);
  }
  const numbers = events.flatMap(({ sequence_number: number }) => (number === undefined ? [] : [number]));
  expect(numbers, 'numbers only grow').toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  expectItems(events, types[end] === 'response.completed');
}

function expectItems(events: readonly ResponseEvent[], isComplete: boolean): void {
  const open = new Set<number>();
  const all = new Set<number>();
  for (const { type, output_index: index } of events) {
    if (index === undefined) continue;
    if (type === 'response.output_item.added') {
      expect(all.has(index), 'each item begins once').toBe(false);
      all.add(index);
      open.add(index);
    } else if (type === 'response.output_item.done') expect(open.delete(index), 'each item ends once').toBe(true);
    else expect(open.has(index), 'only open items are spoken of').toBe(true);
  }
  if (isComplete) expect([...open], 'all items have ended').toEqual([]);
}
