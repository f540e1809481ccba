import { readEvents } from './stream-invariants.js';

interface MessageEvent {
  type: string;
  index?: number;
  message?: { id: string; model: string; usage: Record<string, number | null>; content: unknown[] };
  content_block?: { type: string; id?: string; name?: string };
  delta?: {
    type?: string;
    text?: string;
    thinking?: string;
    partial_json?: string;
    signature?: string;
    stop_reason?: string | null;
  };
  usage?: Record<string, number | null>;
  error?: { type: string; message: string };
}

/** What a truthful stream of Anthropic's dialect said. */
export interface MessageFacts {
  readonly text: string;
  readonly thinking: string;
  readonly tools: readonly {
    readonly id: string | undefined;
    readonly name: string | undefined;
    readonly input: unknown;
  }[];
  readonly stopReason: string | null | undefined;
  readonly usage: Record<string, number | null> | undefined;
  readonly error: MessageEvent['error'];
  readonly model: string | undefined;
}

/**
 * Asserts all that clients rely on in a message stream: each event named as its type, `message_start` first, blocks
 * numbered from 0, each opened, filled and closed in turn, one `message_delta` with the stop reason, `message_stop` last;
 * or, after a failure, one `error` event last and no `message_stop`.
 */
export function expectTruthfulMessage(body: string, ending: 'complete' | 'failed' = 'complete'): MessageFacts {
  const events = readEvents(body).map(({ event, data }) => {
    const parsed = JSON.parse(data) as MessageEvent;
    expect(event, 'each event is named as its type').toBe(parsed.type);
    return parsed;
  });
  const told = events.filter(({ type }) => type !== 'ping');
  const types = told.map(({ type }) => type);
  expect(types[0], 'the message starts first').toBe('message_start');
  expect(types.filter((type) => type === 'message_start')).toHaveLength(1);
  expect(types.filter((type) => type === 'error')).toHaveLength(ending === 'failed' ? 1 : 0);
  expect(types.at(-1)).toBe(ending === 'failed' ? 'error' : 'message_stop');
  expect(types.filter((type) => type === 'message_stop')).toHaveLength(ending === 'failed' ? 0 : 1);
  if (ending === 'complete') {
    expect(types.filter((type) => type === 'message_delta')).toHaveLength(1);
    expect(types.at(-2), 'the stop reason comes before the end').toBe('message_delta');
  }
  expectBlocks(told, ending);
  return factsOf(told);
}

function expectBlocks(events: readonly MessageEvent[], ending: 'complete' | 'failed'): void {
  let open: number | undefined;
  let next = 0;
  for (const { type, index } of events) {
    if (type === 'content_block_start') {
      expect(open, 'one block is open at a time').toBeUndefined();
      expect(index, 'blocks are numbered from 0').toBe(next++);
      open = index;
    } else if (type === 'content_block_delta') expect(index, 'deltas belong to the open block').toBe(open);
    else if (type === 'content_block_stop') {
      expect(index).toBe(open);
      open = undefined;
    } else if (type === 'message_delta') expect(open, 'all blocks are closed at the end').toBeUndefined();
  }
  if (ending === 'complete') expect(open).toBeUndefined();
}

function factsOf(events: readonly MessageEvent[]): MessageFacts {
  const joined = (name: 'text' | 'thinking' | 'partial_json', index?: number) =>
    events
      .filter((event) => index === undefined || event.index === index)
      .map(({ delta }) => delta?.[name] ?? '')
      .join('');
  const tools = events.filter(({ content_block: block }) => block?.type === 'tool_use');
  const end = events.find(({ type }) => type === 'message_delta');
  return {
    text: joined('text'),
    thinking: joined('thinking'),
    tools: tools.map(({ index, content_block: block }) => ({
      id: block?.id,
      name: block?.name,
      input: parsed(joined('partial_json', index)),
    })),
    stopReason: end?.delta?.stop_reason,
    usage: end?.usage && { ...events[0]?.message?.usage, ...end.usage },
    error: events.find(({ type }) => type === 'error')?.error,
    model: events[0]?.message?.model,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return text; // a stream that failed ends anywhere
  }
}
