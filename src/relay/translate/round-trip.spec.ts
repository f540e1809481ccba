import fc from 'fast-check';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { JsonObject, JsonValue, ModelEntry } from '../../snapshot/snapshot.js';
import { messageClient, messageUpstream } from './anthropic/anthropic.js';
import type { Answer, AnswerEvent, Block } from './conversation.js';
import type { ClientDialect, StreamReader, StreamWriter, UpstreamDialect } from './dialects.js';
import { Notes } from './notes.js';
import { chatClient, chatUpstream } from './openai-chat/openai-chat.js';
import { SseDecoder } from './sse-decoder.js';
import type { TranslationContext } from './translation.js';
import { unfold } from './unfold.js';
import { runs } from '../../../test/support/runs.js';

const model = {
  upstreamId: 'm',
  capabilities: new Set<string>(),
  maxOutput: null,
  defaults: null,
} as unknown as ModelEntry;

function contextOf(): TranslationContext {
  const rest = { isStreamed: false, asksForUsage: true, mayAskForUsage: true, echo: {} };
  return { model, shownModel: 'm', id: 'f'.repeat(32), createdSeconds: 1, notes: new Notes(), ...rest };
}

function notesOf({ notes }: TranslationContext): string[] {
  const headers: Record<string, string> = {};
  notes.addTo(headers);
  return Object.values(headers).flatMap((value) => value.split(', '));
}

/** A body through another dialect and back, and what was noted on the way. */
function thereAndBack(
  body: JsonObject,
  [from, to, back, home]: readonly [ClientDialect, UpstreamDialect, ClientDialect, UpstreamDialect],
) {
  const context = contextOf();
  const other = to.writeRequest(from.readRequest(body, context), context);
  return { body: home.writeRequest(back.readRequest(other, context), context), notes: notesOf(context) };
}

const chatAndBack = (body: JsonObject) =>
  thereAndBack(body, [chatClient, messageUpstream, messageClient, chatUpstream]);
const messagesAndBack = (body: JsonObject) =>
  thereAndBack(body, [messageClient, chatUpstream, chatClient, messageUpstream]);

const text = fc.string({ minLength: 1, maxLength: 12 }).map((value) => `t${value}`);
const word = fc.stringMatching(/^[a-z]{1,8}$/);
/** As it comes back from printing: there -0 is 0. */
const jsonValue = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const input = fc.dictionary(word, jsonValue, { maxKeys: 3 });
const schema = fc
  .dictionary(word, fc.constant({ type: 'string' }), { maxKeys: 3 })
  .map((properties) => ({ type: 'object', properties }));
const url = word.map((name) => `https://example.org/${name}.png`);
const dataUrl = fc.base64String({ maxLength: 16 }).map((data) => ({ mediaType: 'image/png', data }));

interface Spoken {
  readonly user: readonly JsonObject[];
  readonly said: string | undefined;
  readonly calls: readonly { readonly name: string; readonly input: JsonObject; readonly result: string }[];
}

const call = fc.record({ name: word, input, result: text });
const chatPart: fc.Arbitrary<JsonObject> = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  url.map((address) => ({ type: 'image_url', image_url: { url: address } })),
  dataUrl.map(({ mediaType, data }) => ({ type: 'image_url', image_url: { url: `data:${mediaType};base64,${data}` } })),
);
const messagePart: fc.Arbitrary<JsonObject> = fc.oneof(
  text.map((value) => ({ type: 'text', text: value })),
  url.map((address) => ({ type: 'image', source: { type: 'url', url: address } })),
  dataUrl.map(({ mediaType, data }) => ({ type: 'image', source: { type: 'base64', media_type: mediaType, data } })),
);
const spoken = (part: fc.Arbitrary<JsonObject>): fc.Arbitrary<Spoken[]> =>
  fc.array(
    fc.record({
      user: fc.array(part, { minLength: 1, maxLength: 3 }),
      said: text,
      calls: fc.array(call, { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  );

const chatBody = fc
  .record({
    turns: spoken(chatPart),
    system: fc.option(text),
    last: text,
    tool: word,
    parameters: schema,
    maximum: fc.nat(99),
  })
  .map(({ turns, system, last, tool, parameters, maximum }): JsonObject => ({
    model: 'm',
    messages: [
      ...(system === null ? [] : [{ role: 'system', content: system }]),
      ...turns.flatMap(chatMessages),
      { role: 'user', content: last },
    ],
    tools: [{ type: 'function', function: { name: tool, description: 'd', parameters, strict: true } }],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: parameters, strict: true } },
    max_tokens: maximum + 1,
    temperature: 0.5,
    stop: ['a', 'b'],
    user: 'u',
  }));

function chatMessages({ user, said, calls }: Spoken, turn: number): JsonObject[] {
  const [first] = user;
  const content: JsonValue = user.length === 1 && first?.type === 'text' ? first.text! : [...user];
  const used = calls.map((one, index) => ({ ...one, id: `call_${turn}_${index}` }));
  const tools = used.map(({ id, name, input: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  const results = used.map(({ id, result }) => ({ role: 'tool', tool_call_id: id, content: result }));
  const assistant = { role: 'assistant', content: said!, ...(tools.length > 0 && { tool_calls: tools }) };
  // Without results two turns of the user would follow each other, which no dialect but this one can tell apart.
  return [
    { role: 'user', content },
    assistant,
    ...results,
    ...(results.length > 0 ? [{ role: 'assistant', content: 'ok' }] : []),
  ];
}

const messageBody = fc
  .record({ turns: spoken(messagePart), system: fc.option(text), last: text, tool: word, schema, maximum: fc.nat(99) })
  .map(({ turns, system, last, tool, schema: parameters, maximum }): JsonObject => ({
    model: 'm',
    max_tokens: maximum + 1,
    ...(system !== null && { system }),
    messages: [...turns.flatMap(messages), { role: 'user', content: [{ type: 'text', text: last }] }],
    tools: [{ name: tool, description: 'd', input_schema: parameters }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    temperature: 0.5,
    top_k: 4,
    stop_sequences: ['a'],
    metadata: { user_id: 'u' },
  }));

function messages({ user, said, calls }: Spoken, turn: number): JsonObject[] {
  const used = calls.map((one, index) => ({ ...one, id: `toolu_${turn}_${index}` }));
  const uses = used.map(({ id, name, input: args }) => ({ type: 'tool_use', id, name, input: args }));
  const results = used.map(({ id, result }) => ({ type: 'tool_result', tool_use_id: id, content: result }));
  const spokenText = { type: 'text', text: said! };
  const answered = [
    { role: 'user', content: results },
    { role: 'assistant', content: [{ type: 'text', text: 'ok' }] },
  ];
  return [
    { role: 'user', content: [...user] },
    { role: 'assistant', content: [spokenText, ...uses] },
    ...(results.length > 0 ? answered : []),
  ];
}

describe('a conversation there and back', () => {
  it('loses nothing from chat completions through Messages', () => {
    fc.assert(
      fc.property(chatBody, (body) => {
        expect(chatAndBack(body)).toEqual({ body, notes: [] });
      }),
      { numRuns: runs(300) },
    );
  });

  it('loses nothing from Messages through chat completions', () => {
    fc.assert(
      fc.property(messageBody, (body) => {
        expect(messagesAndBack(body)).toEqual({ body, notes: [] });
      }),
      { numRuns: runs(300) },
    );
  });

  it.each<readonly [string, JsonObject, readonly string[]]>([
    [
      'instructions in the middle',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'system', content: 'b' },
        ],
      },
      ['system_position'],
    ],
    ['names of who speaks', { messages: [{ role: 'user', name: 'n', content: 'a' }] }, ['message_name']],
    [
      'unsigned thoughts',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b', reasoning_content: 'r' },
        ],
      },
      ['thinking'],
    ],
    [
      'signed thoughts',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b', thinking_blocks: [{ type: 'thinking', thinking: 'r', signature: 's' }] },
        ],
      },
      ['thinking'],
    ],
    [
      'the detail of a picture',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://e.org/a', detail: 'low' } }] },
        ],
      },
      ['image_detail'],
    ],
    [
      'settings of one dialect',
      { seed: 1, logit_bias: {}, top_logprobs: 2, prediction: {} },
      ['prediction', 'seed', 'logit_bias', 'top_logprobs'],
    ],
    ['a temperature beyond', { temperature: 1.5 }, ['temperature']],
    ['JSON of any form', { response_format: { type: 'json_object' } }, ['response_format']],
    ['tools of a provider', { tools: [{ type: 'web_search' }] }, ['tools[web_search]']],
    [
      'a call without its result',
      {
        messages: [
          { role: 'user', content: 'a' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          { role: 'user', content: 'b' },
        ],
      },
      ['tool_call', 'tool_result_error'],
    ],
    [
      'a result without its call',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'tool', tool_call_id: 'c', content: 'x' },
        ],
      },
      ['tool_result'],
    ],
  ])('names what it loses: %s', (_, change, expected) => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'a' }], max_tokens: 9, ...change };
    const { body: back, notes } = chatAndBack(body);
    expect(notes).toEqual(expected);
    expect(back).not.toEqual(body);
  });
});

const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((value): Block => ({ kind: 'text', text: value })),
  fc.record({ kind: fc.constant('thinking' as const), text, signature: word }),
  fc.record({ kind: fc.constant('redacted_thinking' as const), data: word }),
  fc
    .record({ id: word, name: word, input })
    .map(({ id, name, input: args }): Block => ({ kind: 'tool_call', id, name, arguments: JSON.stringify(args) })),
);
const answer: fc.Arbitrary<Answer> = fc.record({
  blocks: fc
    .uniqueArray(block, { minLength: 1, maxLength: 6, selector: (one) => ('id' in one ? one.id : one) })
    .map(apart),
  stop: fc.constantFrom('stop', 'length', 'tool_calls'),
  usage: fc.nat(999).map((input_tokens) => ({
    ...NO_USAGE,
    usage_source: 'provider' as const,
    input_tokens: input_tokens + 3,
    cached_input_tokens: 2,
    cache_write_tokens: 1,
    output_tokens: 7,
  })),
});

/** Two texts in a row are one in a stream. */
function apart(blocks: readonly Block[]): Block[] {
  return blocks.filter((one, index) => one.kind !== 'text' || blocks[index - 1]?.kind !== 'text');
}

describe('an answer', () => {
  it('is the same after Messages, whole or streamed in whatever chunks', () => {
    fc.assert(
      fc.property(answer, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (given, sizes) => {
        const context = contextOf();
        expect(messageUpstream.readAnswer(messageClient.writeAnswer(given, context))).toEqual({
          ...given,
          stopSequence: undefined,
        });
        const streamed = through(given, messageClient.streamWriter(context), messageUpstream.streamReader(), sizes);
        expect(streamed).toEqual({ ...given, stopSequence: undefined });
      }),
      { numRuns: runs(300) },
    );
  });

  it('keeps its texts, calls, stop and usage after chat completions, whole or streamed in whatever chunks', () => {
    fc.assert(
      fc.property(answer, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (given, sizes) => {
        const context = contextOf();
        const whole = chatUpstream.readAnswer(chatClient.writeAnswer(given, context));
        const streamed = through(given, chatClient.streamWriter(context), chatUpstream.streamReader(), sizes);
        for (const one of [whole, streamed]) expect(essence(one)).toEqual(essence(given));
      }),
      { numRuns: runs(300) },
    );
  });
});

function essence({ blocks, stop, usage }: Answer): object {
  const joined = (kind: Block['kind']) =>
    blocks.map((one) => (one.kind === kind && 'text' in one ? one.text : '')).join('');
  const calls = blocks.filter(({ kind }) => kind === 'tool_call');
  const isCalled = calls.length > 0 && stop === 'stop';
  return { text: joined('text'), thinking: joined('thinking'), calls, stop: isCalled ? 'tool_calls' : stop, usage };
}

function through(given: Answer, writer: StreamWriter, reader: StreamReader, sizes: fc.Stream<number>): Answer {
  const bytes = Buffer.from(
    unfold(given)
      .map((event) => writer.write(event))
      .join('') + writer.end(),
  );
  const decoder = new SseDecoder();
  const events: AnswerEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizes.next().value as number;
    for (const message of decoder.push(bytes.subarray(at, at + size))) events.push(...reader.read(message));
    at += size;
  }
  expect(reader.isComplete).toBe(true);
  return folded(events);
}

/** A whole answer from the steps of a stream. */
function folded(events: readonly AnswerEvent[]): Answer {
  const blocks: Block[] = [];
  let rest: Omit<Answer, 'blocks'> = { stop: 'stop', usage: undefined };
  for (const event of events) {
    if (event.kind === 'stop') rest = { ...rest, stop: event.stop, stopSequence: event.stopSequence };
    else if (event.kind === 'usage') rest = { ...rest, usage: event.usage };
    else if (event.kind === 'tool_call') blocks.push({ ...pick(event), kind: 'tool_call', arguments: '' });
    else if (event.kind === 'redacted_thinking') blocks.push(event);
    else if (event.kind === 'error') throw new Error('the stream failed');
    else continued(blocks, event);
  }
  return { blocks, ...rest };
}

function pick({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}

type Continuation = Extract<AnswerEvent, { kind: 'text' | 'thinking' | 'refusal' | 'signature' | 'arguments' }>;

function continued(blocks: Block[], event: Continuation): void {
  const last = blocks.at(-1);
  if (event.kind === 'signature') Object.assign(last!, { signature: event.signature });
  else if (event.kind === 'arguments') {
    Object.assign(last!, { arguments: last?.kind === 'tool_call' ? last.arguments + event.text : '' });
  } else if (last?.kind === event.kind && !('signature' in last)) {
    Object.assign(last, { text: last.text + event.text });
  } else blocks.push({ kind: event.kind, text: event.text });
}
