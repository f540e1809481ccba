import fc from 'fast-check';
import type {
  Block,
  Conversation,
  Parameter,
  ParameterName,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../src/relay/translate/conversation.js';
import type { JsonValue } from '../../../src/snapshot/snapshot.js';

const text = fc.string({ minLength: 1, maxLength: 12 }).map((value) => `t${value}t`);
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const jsonValue = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const input = fc.dictionary(word, jsonValue, { maxKeys: 3 });
const schema = fc
  .dictionary(word, fc.constant({ type: 'string' }), { maxKeys: 3 })
  .map((properties) => ({ type: 'object', properties }));

const image: fc.Arbitrary<Extract<Block, { kind: 'image' }>> = fc.record(
  {
    kind: fc.constant('image' as const),
    source: fc
      .base64String({ minLength: 4, maxLength: 16 })
      .map((data) => ({ kind: 'base64' as const, mediaType: 'image/png', data })),
    detail: fc.constantFrom('low', 'high'),
  },
  { requiredKeys: ['kind', 'source'] },
);
const file: fc.Arbitrary<Block> = fc.base64String({ minLength: 4, maxLength: 16 }).map((data) => ({
  kind: 'file',
  source: { kind: 'base64', mediaType: 'application/pdf', data },
  name: 'paper',
}));
const said: fc.Arbitrary<Block> = text.map((value) => ({ kind: 'text', text: value }));
const thought: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('thinking' as const), text, signature: word }),
  fc.record({ kind: fc.constant('redacted_thinking' as const), data: fc.base64String({ minLength: 4, maxLength: 8 }) }),
);

interface Exchange {
  readonly user: readonly Block[];
  readonly thought: Block | null;
  readonly said: Block;
  readonly calls: readonly { name: string; input: object; content: ToolResultBlock['content']; isError: boolean }[];
}

const exchange: fc.Arbitrary<Exchange> = fc.record({
  user: fc.tuple(said, fc.array(fc.oneof(image, file), { maxLength: 2 })).map(([first, rest]) => [first, ...rest]),
  thought: fc.option(thought),
  said,
  calls: fc.array(
    fc.record({
      name: word,
      input,
      content: fc
        .tuple(text, fc.option(image))
        .map(([value, picture]) => [{ kind: 'text' as const, text: value }, ...(picture ? [picture] : [])]),
      isError: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
});

function turnsOf({ user, thought: thinking, said: words, calls }: Exchange, turn: number): Turn[] {
  const made = calls.map(({ name, input: args }, index): ToolCallBlock => {
    return { kind: 'tool_call', id: `call_${turn}_${index}`, name, arguments: JSON.stringify(args) };
  });
  const results = calls.map(({ content, isError }, index): ToolResultBlock => {
    return { kind: 'tool_result', id: `call_${turn}_${index}`, content, isError };
  });
  const answered: Turn[] = [
    { role: 'user', blocks: results },
    { role: 'assistant', blocks: [{ kind: 'text', text: 'ok' }] },
  ];
  return [
    { role: 'user', blocks: user },
    { role: 'assistant', blocks: [...(thinking ? [thinking] : []), words, ...made] },
    ...(calls.length > 0 ? answered : []),
  ];
}

const settings = fc.record(
  {
    maxTokens: fc.integer({ min: 1, max: 9999 }),
    temperature: fc.constantFrom(0, 0.5, 1),
    topP: fc.constantFrom(0.1, 0.9),
    topK: fc.nat(99),
    stop: fc.uniqueArray(word, { minLength: 1, maxLength: 4 }),
    seed: fc.nat(99),
    presencePenalty: fc.constantFrom(0.5, 1),
    user: word,
  },
  { requiredKeys: ['maxTokens'] },
);

/** Conversations of all that more than one dialect knows: texts, pictures, files, thoughts, tools, settings. */
export const conversations: fc.Arbitrary<Conversation> = fc
  .record({
    system: fc.array(text, { maxLength: 2 }),
    exchanges: fc.array(exchange, { maxLength: 3 }),
    last: said,
    tool: word,
    schema,
    isStrict: fc.option(fc.constant(true), { nil: undefined }),
    choice: fc.constantFrom('auto', 'any', 'tool', undefined),
    isParallel: fc.option(fc.constant(false), { nil: undefined }),
    hasFormat: fc.boolean(),
    settings,
  })
  .map((made): Conversation => {
    const { choice, hasFormat } = made;
    return {
      system: made.system.map((value) => ({ kind: 'text', text: value })),
      turns: [...made.exchanges.flatMap(turnsOf), { role: 'user', blocks: [made.last] }],
      tools: [{ name: made.tool, description: 'd', parameters: made.schema, isStrict: made.isStrict }],
      toolChoice: choice === 'tool' ? { kind: 'tool', name: made.tool } : choice && { kind: choice },
      isParallel: made.isParallel,
      format: hasFormat ? { kind: 'schema', schema: made.schema, name: 'answer', isStrict: true } : undefined,
      reasoning: undefined,
      parameters: new Map(
        Object.entries(made.settings).map(([name, value]): [ParameterName, Parameter] => [
          name as ParameterName,
          { name, value },
        ]),
      ),
      isStreamed: false,
    };
  });

/** What a conversation comes to without what was noted as lost, in a form that is the same for the same. */
export function essenceOf(
  conversation: Conversation,
  lost: ReadonlySet<string>,
  gone: ReadonlySet<ParameterName>,
): object {
  const { system, tools, toolChoice, isParallel, format, parameters } = conversation;
  return {
    system: system.map((block) => block.text).join('\n'),
    turns: merged(numbered(conversation.turns)).map((turn) => essenceOfTurn(turn, lost)),
    tools: tools.map(({ name, description, parameters: takes, isStrict }) => {
      return { name, description, takes, isStrict: !lost.has('strict') && isStrict === true };
    }),
    toolChoice: toolChoice?.kind === 'auto' ? undefined : toolChoice,
    isParallel: lost.has('parallel_tool_calls') ? undefined : isParallel,
    schema: format?.kind === 'schema' ? format.schema : undefined,
    parameters: Object.fromEntries(
      [...parameters]
        .filter(([name]) => !gone.has(name))
        .map(([name, { value }]) => [name, name === 'stop' ? [value].flat() : value])
        .toSorted(),
    ),
  };
}

/** Turns of one side in a row are one: some dialects have a message for each result. */
function merged(turns: readonly Turn[]): Turn[] {
  const all: Turn[] = [];
  for (const turn of turns) {
    const last = all.at(-1);
    if (last?.role === turn.role) all[all.length - 1] = { ...last, blocks: [...last.blocks, ...turn.blocks] };
    else all.push(turn);
  }
  return all;
}

/** Calls by their place: some dialects have no ids. */
function numbered(turns: readonly Turn[]): Turn[] {
  const ids = new Map<string, string>();
  return turns.map(({ role, blocks }) => ({
    role,
    blocks: blocks.map((block) => {
      if (block.kind === 'tool_call') ids.set(block.id, `#${ids.size}`);
      return block.kind === 'tool_call' || block.kind === 'tool_result'
        ? { ...block, id: ids.get(block.id) ?? '?' }
        : block;
    }),
  }));
}

function essenceOfTurn({ role, blocks }: Turn, lost: ReadonlySet<string>): object {
  const isHoisted = lost.has('tool_result_content');
  const results = blocks.filter((block) => block.kind === 'tool_result');
  const pictures = isHoisted ? results.flatMap(({ content }) => content.filter(({ kind }) => kind !== 'text')) : [];
  const others = blocks.filter(
    ({ kind }) => kind !== 'tool_result' && !(lost.has('thinking') && /thinking/.test(kind)),
  );
  return {
    role,
    results: results.map(({ id, content, isError }) => ({
      id,
      isError: !lost.has('tool_result_error') && isError,
      content: (isHoisted ? content.filter(({ kind }) => kind === 'text') : content).map((block) => plain(block, lost)),
    })),
    others: [...pictures, ...others].map((block) => plain(block, lost)),
  };
}

function plain(block: Block, lost: ReadonlySet<string>): object {
  if (block.kind === 'tool_call')
    return { ...block, arguments: JSON.parse(block.arguments) as unknown, cache: undefined };
  if (block.kind === 'image')
    return {
      kind: 'image',
      source: block.source,
      detail: lost.has('image_detail') || block.detail === 'auto' ? undefined : block.detail,
    };
  return block.kind === 'file' ? { kind: 'file', source: block.source } : block;
}
