import type OpenAI from 'openai';
import { clientOf, prompt, type Target } from './target.js';

const WEATHER = {
  type: 'object',
  properties: { place: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  required: ['place', 'unit'],
  additionalProperties: false,
};
const TOOLS: OpenAI.ChatCompletionFunctionTool[] = ['weather', 'forecast'].map((name) => ({
  type: 'function',
  function: { name, description: `Looks up the ${name}.`, parameters: WEATHER, strict: true },
}));
const BEE = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer', minimum: 3 },
    role: { $ref: '#/$defs/role' },
    visits: { type: 'array', minItems: 2, items: { type: 'object', properties: { flower: { type: 'string' } } } },
    queen: { anyOf: [{ type: 'null' }, { type: 'string' }] },
  },
  required: ['name', 'age', 'role', 'visits', 'queen'],
  additionalProperties: false,
  $defs: { role: { type: 'string', enum: ['worker', 'queen'] } },
};
const FORMAT = { type: 'json_schema', json_schema: { name: 'bee', strict: true, schema: BEE } } as const;
const EXPECTED_BEE = { name: 'honey', age: 3, role: 'worker', visits: [{}, {}], queen: null };

/** Tool calls, one and several, plain and streamed, the whole turn, and structured output. */
export function describeTools(target: Target): void {
  const ask: Ask = () => ({ model: target().models.chat, messages: [prompt()] });
  describeCalls(target, () => ({ ...ask(), tools: TOOLS }));
  describeRunner(target);
  describeSchemas(target, ask);
}

type Ask = () => { model: string; messages: OpenAI.ChatCompletionUserMessageParam[] };

function describeCalls(target: Target, ask: () => ReturnType<Ask> & { tools: typeof TOOLS }): void {
  it('calls several tools at once with arguments that fit their schema', async () => {
    const { choices } = await clientOf(target()).chat.completions.create(ask());
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const calls = choices[0]?.message.tool_calls?.filter((call) => call.type === 'function') ?? [];
    expect(calls.map((call) => call.function.name)).toEqual(['weather', 'forecast']);
    expect(JSON.parse(calls[0]?.function.arguments ?? '')).toEqual({ place: 'honey', unit: 'celsius' });
  });

  it('calls one tool when it may not call several', async ({ skip }) => {
    skip(target().isAlwaysParallel ?? false, 'it has no such setting');
    const { choices } = await clientOf(target()).chat.completions.create({ ...ask(), parallel_tool_calls: false });
    expect(choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it('calls no tool when it may not', async () => {
    const { choices } = await clientOf(target()).chat.completions.create({ ...ask(), tool_choice: 'none' });
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  it('streams tool calls that the stream helper puts together', async () => {
    const final = await clientOf(target()).chat.completions.stream(ask()).finalChatCompletion();
    const calls = final.choices[0]?.message.tool_calls ?? [];
    expect(calls).toHaveLength(2);
    expect(calls.map((call) => call.type === 'function' && JSON.parse(call.function.arguments))).toEqual([
      { place: 'honey', unit: 'celsius' },
      { place: 'honey', unit: 'celsius' },
    ]);
  });
}

function describeRunner(target: Target): void {
  it('runs a whole turn with tools through the tool runner', async () => {
    const asked: unknown[] = [];
    const tool = { name: 'weather', description: 'The weather.', parameters: WEATHER, parse: JSON.parse };
    const runner = clientOf(target()).chat.completions.runTools({
      model: target().models.chat,
      messages: [prompt('tokens=5')],
      tools: [{ type: 'function', function: { ...tool, function: (args: object) => (asked.push(args), 'sunny') } }],
    });
    expect((await runner.finalContent())?.split(' ')).toHaveLength(5);
    expect(asked).toEqual([{ place: 'honey', unit: 'celsius' }]);
  });
}

function describeSchemas(target: Target, ask: Ask): void {
  it('answers with JSON that fits a schema', async () => {
    const { choices } = await clientOf(target()).chat.completions.parse({
      ...ask(),

      response_format: FORMAT,
    });
    expect(choices[0]?.message.parsed).toMatchObject(EXPECTED_BEE);
  });

  it('streams JSON that fits a schema', async () => {
    const stream = clientOf(target()).chat.completions.stream({ ...ask(), response_format: FORMAT });
    expect((await stream.finalChatCompletion()).choices[0]?.message.parsed).toMatchObject(EXPECTED_BEE);
  });
}
