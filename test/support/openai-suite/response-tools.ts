import type OpenAI from 'openai';
import { readEvents } from '../stream-invariants.js';
import { clientOf, prompt, type Target } from './target.js';

const WEATHER = {
  type: 'object',
  properties: { place: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
  required: ['place', 'unit'],
  additionalProperties: false,
};
const TOOLS: OpenAI.Responses.FunctionTool[] = ['weather', 'forecast'].map((name) => ({
  type: 'function',
  name,
  description: `Looks up the ${name}.`,
  parameters: WEATHER,
  strict: true,
}));
const BEE = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 3 } },
  required: ['name', 'age'],
  additionalProperties: false,
};

/** Tools, structured output, thoughts and failures in the Responses API. */
export function describeResponseTools(target: Target): void {
  const ask: Ask = (directives = 'tokens=5') => ({
    model: target().models.responses,
    input: prompt(directives).content as string,
  });
  describeCalls(target, ask);
  describeFormats(target, ask);
  describeEvents(target, ask);
}

type Ask = (directives?: string) => { model: string; input: string };

/** What a model said, to be said again: the SDK's types of answers are wider than those of requests. */
function historyOf({ output }: OpenAI.Responses.Response): OpenAI.Responses.ResponseInputItem[] {
  return output as OpenAI.Responses.ResponseInputItem[];
}

function describeCalls(target: Target, ask: Ask): void {
  it('calls tools, takes their results, and goes on', async () => {
    const client = clientOf(target());
    const first = await client.responses.create({ ...ask(), tools: TOOLS, store: false });
    const calls = first.output.filter((item) => item.type === 'function_call');
    expect(calls.map(({ name, arguments: text }) => [name, JSON.parse(text)])).toEqual([
      ['weather', { place: 'honey', unit: 'celsius' }],
      ['forecast', { place: 'honey', unit: 'celsius' }],
    ]);
    const results = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'sunny' }));
    const input = [{ role: 'user' as const, content: ask().input }, ...historyOf(first), ...results];
    const second = await client.responses.create({ ...ask(), input, tools: TOOLS, store: false });
    expect(second.output_text.split(' ')).toHaveLength(5);
  });

  it('streams tool calls that the stream helper puts together', async () => {
    const final = await clientOf(target())
      .responses.stream({ ...ask(), tools: TOOLS })
      .finalResponse();
    const calls = final.output.filter((item) => item.type === 'function_call');
    expect(calls.map(({ arguments: text }) => JSON.parse(text))).toHaveLength(2);
  });
}

function describeFormats(target: Target, ask: Ask): void {
  it('answers with JSON that fits a schema', async () => {
    const format = { type: 'json_schema' as const, name: 'bee', strict: true, schema: BEE };
    const answer = await clientOf(target()).responses.create({ ...ask(), text: { format } });
    expect(JSON.parse(answer.output_text)).toEqual({ name: 'honey', age: 3 });
  });

  it('shows what was thought, and takes it back', async () => {
    const client = clientOf(target());
    const first = await client.responses.create(ask('tokens=3&reasoning=4'));
    expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
    const input = [
      { role: 'user' as const, content: 'Hi' },
      ...historyOf(first),
      { role: 'user' as const, content: 'And?' },
    ];
    expect(await client.responses.create({ ...ask(), input })).toMatchObject({ status: 'completed' });
  });
}

function describeEvents(target: Target, ask: Ask): void {
  it.each(['tokens=9', 'tokens=9&reasoning=3', 'tokens=9&split=7'])(
    'streams events in order, each named as its type, the whole response last (%s)',
    async (directives) => {
      const events = await streamed(target, ask(directives));
      expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
      const added = events.filter(({ type }) => type === 'response.output_item.added');
      const done = events.filter(({ type }) => type === 'response.output_item.done');
      expect(done.map(({ output_index: index }) => index)).toEqual(added.map((_, index) => index));
      const last = events.at(-1);
      expect(last?.type).toBe('response.completed');
      expect(last?.response.output).toEqual(done.map(({ item }) => item));
      expect(last?.response.usage.output_tokens).toBeGreaterThanOrEqual(9);
    },
  );

  it.each(['tokens=30&cutAfter=9', 'tokens=30&errorAfter=9'])(
    'ends a stream that broke off with response.failed (%s)',
    async (directives) => {
      const events = await streamed(target, ask(directives));
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'upstream_error' } },
      });
      expect(events.filter(({ type }) => type === 'response.completed')).toEqual([]);
    },
  );

  it('refuses what leans on earlier responses', async () => {
    const answer = clientOf(target()).responses.create({ ...ask(), previous_response_id: 'resp_1' });
    await expect(answer).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
  });
}

interface Event {
  type: string;
  sequence_number: number;
  output_index: number;
  item: unknown;
  response: { output: unknown[]; usage: { output_tokens: number } };
}

async function streamed(target: Target, body: object): Promise<Event[]> {
  const { baseURL, apiKey } = target();
  const response = await fetch(`${baseURL}/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
  });
  return readEvents(await response.text()).map(({ event, data }) => {
    const parsed = JSON.parse(data) as Event;
    expect(parsed.type).toBe(event);
    return parsed;
  });
}
