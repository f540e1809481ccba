/** One event of a stream of server-sent events. */
export interface StreamEvent {
  readonly event: string | undefined;
  readonly data: string;
}

interface Chunk {
  id: string;
  created: number;
  model: string;
  choices: {
    index: number;
    delta: { role?: string; content?: string | null; tool_calls?: { index: number; id?: string }[] };
    finish_reason: string | null;
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: { message: string; type: string; param: string | null; code: string | null };
}

/** What a truthful stream said. */
export interface StreamFacts {
  readonly text: string;
  readonly finishReasons: readonly (string | null)[];
  readonly usage: { prompt_tokens: number; completion_tokens: number } | undefined;
  readonly error: Chunk['error'];
  readonly model: string | undefined;
  readonly chunks: number;
}

/** Splits a body of server-sent events as the standard says; comments and empty events are left out. */
export function readEvents(body: string): StreamEvent[] {
  return body
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((block) => block.split(/\r\n|\n|\r/))
    .map((lines) => ({ event: valueOf(lines, 'event')[0], data: valueOf(lines, 'data').join('\n') }))
    .filter(({ data }) => data !== '');
}

function valueOf(lines: readonly string[], field: string): string[] {
  return lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trimStart());
}

/**
 * Asserts all that clients rely on in a chat stream: JSON in every frame, the role in each choice's first chunk, one
 * finish reason a choice, dense tool indexes, one id, time and model, a usage chunk without choices, and at the end
 * either `[DONE]` or, after a failure, one error frame with all four keys.
 */
export function expectTruthfulStream(body: string, ending: 'complete' | 'failed' = 'complete'): StreamFacts {
  const events = readEvents(body);
  const isDone = events.at(-1)?.data === '[DONE]';
  const chunks = (isDone ? events.slice(0, -1) : events)
    .map(({ data }) => JSON.parse(data) as Chunk)
    .filter((chunk) => !isAboutPrompt(chunk));
  const failure = chunks.findIndex(({ error }) => error);
  const good = failure < 0 ? chunks : chunks.slice(0, failure);
  if (ending === 'complete') expect(isDone, 'the last frame is [DONE]').toBe(true);
  expectEnd(chunks, failure, ending);
  expectOneIdentity(good);
  expectChoices(good, ending);
  expectUsage(good);
  return {
    text: good.map(({ choices }) => choices?.map(({ delta }) => delta.content ?? '').join('') ?? '').join(''),
    finishReasons: good.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason)).filter(Boolean),
    usage: good.findLast(({ usage }) => usage)?.usage ?? undefined,
    error: chunks[failure]?.error,
    model: good[0]?.model,
    chunks: good.length,
  };
}

/** A stream of legacy completions as the chat that it would be: it promises the same, but for roles. */
export function completionsAsChat(body: string): string {
  const frames = readEvents(body).map(({ data }) => (data === '[DONE]' ? data : JSON.stringify(asChat(data))));
  return frames.map((data) => `data: ${data}\n\n`).join('');
}

function asChat(data: string): object {
  const chunk = JSON.parse(data) as { choices?: { text: string }[] };
  if (!chunk.choices) return chunk;
  const choices = chunk.choices.map(({ text, ...choice }) => ({
    ...choice,
    delta: { role: 'assistant', content: text },
  }));
  return { ...chunk, choices };
}

/** Azure's word on the prompt comes before the answer, has no id and is handed on as it is. */
function isAboutPrompt(chunk: Chunk): boolean {
  return chunk.id === '' && 'prompt_filter_results' in chunk;
}

function expectEnd(chunks: readonly Chunk[], failure: number, ending: 'complete' | 'failed'): void {
  if (ending === 'complete') return void expect(failure, 'there is no error frame').toBe(-1);
  expect(failure, 'nothing but [DONE] follows the error frame, which is there').toBe(chunks.length - 1);
  expect(Object.keys(chunks[failure]?.error ?? {}).toSorted()).toEqual(['code', 'message', 'param', 'type']);
}

function expectOneIdentity(chunks: readonly Chunk[]): void {
  for (const name of ['id', 'created', 'model'] as const) {
    expect(new Set(chunks.map((chunk) => chunk[name])).size, `one ${name} for all chunks`).toBeLessThanOrEqual(1);
  }
}

function expectChoices(chunks: readonly Chunk[], ending: 'complete' | 'failed'): void {
  const all = chunks.flatMap(({ choices }) => choices);
  const indexes = [...new Set(all.map(({ index }) => index))].toSorted((a, b) => a - b);
  expect(indexes, 'choices are numbered from 0').toEqual(indexes.map((_, position) => position));
  for (const index of indexes) {
    const own = all.filter((choice) => choice.index === index);
    expect(own[0]?.delta.role, 'the first chunk has the role').toBe('assistant');
    const reasons = own.map(({ finish_reason: reason }) => reason).filter(Boolean);
    if (ending === 'complete') expect(reasons, 'one finish reason a choice').toHaveLength(1);
    expectDenseTools(own);
  }
}

function expectDenseTools(choices: Chunk['choices']): void {
  const seen: number[] = [];
  for (const call of choices.flatMap(({ delta }) => delta.tool_calls ?? [])) {
    if (seen.includes(call.index)) continue;
    expect(call.index, 'tool indexes are dense, from 0').toBe(seen.length);
    expect(call.id, 'the first piece of a tool call has its id').toBeTruthy();
    seen.push(call.index);
  }
}

function expectUsage(chunks: readonly Chunk[]): void {
  for (const { choices } of chunks) expect(Array.isArray(choices), 'every chunk has choices').toBe(true);
  const empty = chunks.filter(({ choices }) => choices.length === 0);
  expect(empty.length, 'at most one chunk without choices').toBeLessThanOrEqual(1);
  if (empty[0]) expect(empty[0].usage, 'a chunk without choices has the usage').toBeTruthy();
}
