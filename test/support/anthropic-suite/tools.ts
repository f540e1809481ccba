import type Anthropic from '@anthropic-ai/sdk';
import { expectTruthfulMessage } from '../message-invariants.js';
import { rawStream } from './messages.js';
import { ask, clientOf, question, type Target } from './target.js';

const WEATHER = {
  type: 'object' as const,
  properties: { place: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  required: ['place', 'unit'],
  additionalProperties: false,
};
const TOOLS: Anthropic.Tool[] = ['weather', 'forecast'].map((name) => ({
  name,
  description: `Looks up the ${name}.`,
  input_schema: WEATHER,
}));
const INPUT = { place: 'honey', unit: 'celsius' };
const BEE = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 3 } },
  required: ['name', 'age'],
  additionalProperties: false,
};

/** Tool calls, one and several, plain and streamed, the whole turn, structured output, and thinking. */
export function describeTools(target: Target): void {
  describeCalls(target);
  describeTurn(target);
  describeFormats(target);
}

function describeCalls(target: Target): void {
  const withTools = () => ({ ...ask(target()), tools: TOOLS });

  it('calls several tools at once with input that fits their schema', async () => {
    const message = await clientOf(target()).messages.create(withTools());
    const calls = message.content.filter((block) => block.type === 'tool_use');
    expect(message.stop_reason).toBe('tool_use');
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['weather', INPUT],
      ['forecast', INPUT],
    ]);
  });

  it('calls one tool when it may not call several, or must call that one', async () => {
    for (const choice of [
      { type: 'auto' as const, disable_parallel_tool_use: true },
      { type: 'tool' as const, name: 'forecast', disable_parallel_tool_use: true },
    ]) {
      const message = await clientOf(target()).messages.create({ ...withTools(), tool_choice: choice });
      expect(message.content.filter((block) => block.type === 'tool_use')).toHaveLength(1);
    }
  });

  it('calls no tool when it may not', async () => {
    const message = await clientOf(target()).messages.create({ ...withTools(), tool_choice: { type: 'none' } });
    expect(message.stop_reason).toBe('end_turn');
  });

  it('streams tool calls that the stream helper puts together', async () => {
    const final = await clientOf(target()).messages.stream(withTools()).finalMessage();
    const calls = final.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ input }) => input)).toEqual([INPUT, INPUT]);
    const facts = expectTruthfulMessage(await rawStream(target(), 'split=5', { tools: TOOLS }));
    expect(facts.tools.map(({ name, input }) => [name, input])).toEqual([
      ['weather', INPUT],
      ['forecast', INPUT],
    ]);
    expect(facts.stopReason).toBe('tool_use');
  });
}

function describeTurn(target: Target): void {
  it('takes the results of parallel calls and goes on', async () => {
    const client = clientOf(target());
    const first = ask(target(), 'tokens=5');
    const message = await client.messages.create({ ...first, tools: TOOLS });
    const results = message.content
      .filter((block) => block.type === 'tool_use')
      .map(({ id }, index) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: index === 0 ? 'sunny' : [{ type: 'text' as const, text: 'rain' }],
        is_error: index === 1,
      }));
    const answer = await client.messages.create({
      ...first,
      tools: TOOLS,
      messages: [
        ...first.messages,
        { role: 'assistant', content: message.content },
        { role: 'user', content: [...results, { type: 'text', text: 'Go on.' }] },
      ],
    });
    expect(answer).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: 5 } });
  });
}

function describeFormats(target: Target): void {
  const format = { type: 'json_schema' as const, schema: BEE };

  it('answers with JSON that fits a schema, plain and streamed', async () => {
    const body = { ...ask(target()), output_config: { format } };
    const [block] = (await clientOf(target()).messages.create(body)).content;
    expect(JSON.parse(block?.type === 'text' ? block.text : '')).toEqual({ name: 'honey', age: 3 });
    const facts = expectTruthfulMessage(await rawStream(target(), '', { output_config: { format } }));
    expect(JSON.parse(facts.text)).toEqual({ name: 'honey', age: 3 });
  });

  it('thinks before it answers', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
    const body = { ...ask(target(), 'reasoning=6&tokens=3'), max_tokens: 2000, thinking };
    const message = await clientOf(target()).messages.create(body);
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(message.usage.output_tokens).toBe(9);
    const facts = expectTruthfulMessage(await rawStream(target(), 'reasoning=6&tokens=3'));
    expect(facts.thinking.split(' ')).toHaveLength(6);
    expect(facts.text.split(' ')).toHaveLength(3);
  });

  it('gets its own thoughts back', async () => {
    const client = clientOf(target());
    const first = { ...ask(target(), 'reasoning=4&tokens=3') };
    const { content } = await client.messages.create(first);
    const next = { role: 'user' as const, content: question('tokens=2') };
    const answer = await client.messages.create({
      ...first,
      messages: [...first.messages, { role: 'assistant', content }, next],
    });
    expect(answer.stop_reason).toBe('end_turn');
  });
}
