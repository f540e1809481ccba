import { openEnvelope } from './envelope.js';

const messages = [{ role: 'user', content: 'Hello' }];
const open = (envelope: unknown) => {
  const { body, hints } = openEnvelope(Buffer.from(typeof envelope === 'string' ? envelope : JSON.stringify(envelope)));
  return { body: JSON.parse(body.toString()) as object, hints };
};

const nested = (depth: number): object => (depth === 0 ? {} : { not: nested(depth - 1) });

describe(openEnvelope, () => {
  it('finds model, messages, parameters and stream', () => {
    const request = { messages, model_hint: 'chat', parameters: { temperature: 0.5, tools: [] }, stream: true };
    expect(open({ request })).toEqual({
      body: { model: 'chat', messages, temperature: 0.5, tools: [], stream: true },
      hints: {},
    });
    expect(open({ model: 'other', request }).body).toMatchObject({ model: 'other' });
  });

  it('keeps the bytes of what goes upstream', () => {
    const { body } = openEnvelope(
      Buffer.from('{"request":{"messages":[ 1.0 ],"parameters":{"seed":12345678901234567890}}}'),
    );
    expect(body.toString()).toBe('{"seed":12345678901234567890,"messages":[ 1.0 ]}');
  });

  it('says formats in the words of OpenAI', () => {
    const format = (output_format: object) => open({ request: { messages }, output_format }).body;
    const schema = { type: 'object' };
    expect(format({ type: 'json' })).toMatchObject({ response_format: { type: 'json_object' } });
    expect(format({ schema, max_tokens: 9 })).toMatchObject({
      max_tokens: 9,
      response_format: { type: 'json_schema', json_schema: { name: 'output', schema } },
    });
    expect(format({ type: 'text' })).toEqual({ messages });
  });

  it('asks for no stream where the answer has to be read whole', () => {
    const request = { messages, stream: true, parameters: { stream_options: { include_usage: true } } };
    const opened = (output_format: object) => openEnvelope(Buffer.from(JSON.stringify({ request, output_format })));
    expect(opened({ type: 'markdown' })).toMatchObject({ format: { unfolds: true, asksForUsage: true } });
    expect(JSON.parse(opened({ type: 'markdown' }).body.toString())).toEqual({ messages });
    expect(opened({ strip_think: true }).format).toMatchObject({ unfolds: false, stripsThoughts: true });
    expect(JSON.parse(opened({ strip_think: true }).body.toString())).toMatchObject({ stream: true });
    expect(openEnvelope(Buffer.from(JSON.stringify({ request: { messages } }))).format).toBeUndefined();
  });

  it("takes the schema where TokenHub's callers put it", () => {
    const schema = { type: 'object' };
    const raw = Buffer.from(JSON.stringify({ request: { messages, output_schema: schema } }));
    expect(openEnvelope(raw).format).toMatchObject({ type: 'json', schema: JSON.stringify(schema), maxRepairs: 1 });
  });

  it('hears wishes', () => {
    const policy = { mode: 'cheap', max_budget_usd: 0.01, max_latency_ms: 500 };
    expect(open({ request: { messages }, policy, capabilities: ['tools'] }).hints).toEqual({
      mode: 'cheap',
      maxCostMicros: 10_000,
      maxLatencyMs: 500,
      requires: ['tools'],
    });
  });

  it.each([
    ['[]', /not a JSON object/],
    [{}, /request.messages/],
    [{ request: [] }, /"request"/],
    [{ request: { messages: 'Hello' } }, /request.messages/],
    [{ request: { messages }, model_id: 'x' }, /no "model_id"/],
    [{ request: { messages, meta: {} } }, /no "request.meta"/],
    [{ request: { messages, parameters: { model: 'x' } } }, /must not have "model"/],
    [{ request: { messages }, policy: { mode: 'best' } }, /policy.mode/],
    [{ request: { messages }, policy: { max_budget_usd: -1 } }, /policy.max_budget_usd/],
    [{ request: { messages }, policy: { max_latency_ms: '5' } }, /policy.max_latency_ms/],
    [{ request: { messages }, policy: { min_weight: 5 } }, /no "policy.min_weight"/],
    [{ request: { messages }, output_format: { type: 'xml' } }, /output_format.type/],
    [{ request: { messages }, output_format: { type: 'json_schema' } }, /output_format.schema/],
    [{ request: { messages }, output_format: { strip_think: 1 } }, /output_format.strip_think/],
    [{ request: { messages }, output_format: { thinks: true } }, /no "output_format.thinks"/],
    [{ request: { messages }, output_format: { max_repairs: 1 } }, /output_format.max_repairs/],
    [{ request: { messages }, output_format: { type: 'json', max_repairs: 1.5 } }, /output_format.max_repairs/],
    [{ request: { messages, output_schema: [] } }, /request.output_schema/],
    [{ request: { messages, output_schema: {} }, output_format: { schema: {} } }, /one is enough/],
    [{ request: { messages, parameters: { max_tokens: 1 } }, output_format: { max_tokens: 2 } }, /"max_tokens" is in/],
    [{ request: { messages }, output_format: { schema: nested(70) } }, /output_format.schema/],
    [{ request: { messages }, capabilities: { tools: true } }, /capabilities/],
  ])('refuses %j', (envelope, message) => {
    expect(() => open(envelope)).toThrow(message);
  });
});
