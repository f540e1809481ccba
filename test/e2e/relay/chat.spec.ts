import { ANSWER, chunk, FIRST, LAST, USAGE_CHUNK } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';
describe('POST /v1/chat/completions', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    return () => ground.close();
  });

  it("passes the caller's bytes on but for the model's name, and the answer back likewise", async () => {
    const answer = ground.post(PATH, '{"model":"m",  "temperature":1.0, "unknown":[1e400]}');
    const { body, request } = await ground.upstream.reply(200, ANSWER, { 'openai-organization': 'org-secret' });

    expect(body.toString()).toBe('{"model":"upstream-m",  "temperature":1.0, "unknown":[1e400]}');
    expect(request.url).toBe(PATH);
    expect(request.headers['authorization']).toBe('Bearer upstream-key');
    expect((await answer).status).toBe(200);
    expect(await (await answer).json()).toEqual({ ...ANSWER, model: 'm' });
    expect((await answer).headers.has('openai-organization')).toBe(false);
    expect((await answer).headers.get('x-waggle-profile')).toBe('m');
  });

  it.each([1, 3000])('keeps each byte of an answer beyond ASCII, be it short or long: %i times', async (times) => {
    const answer = ground.post(PATH, '{"model":"m"}');
    const sent = { ...ANSWER, note: '\u0080éÿ€😀'.repeat(times) };
    await ground.upstream.reply(200, sent);
    const bytes = Buffer.from(await (await answer).arrayBuffer());
    expect(bytes.equals(Buffer.from(JSON.stringify({ ...sent, model: 'm' })))).toBe(true);
    expect((await answer).headers.get('content-length')).toBe(String(bytes.length));
  });

  it('has the usage and its cost on record before the answer ends', async () => {
    const answer = ground.post(PATH, { model: 'm', messages: [] });
    await ground.upstream.reply(200, ANSWER);
    const response = await answer;
    await response.text();
    const { tries, ...row } = await ground.row(response);

    expect(row).toMatchObject({ status: 200, outcome: 'ok', attempts: 1, operation: 'chat', requested_model: 'm' });
    expect(row).toMatchObject({ usage_source: 'provider', input_tokens: 10, output_tokens: 5 });
    expect(row.cost_picos).toBe(20_000_000n);
    expect(tries).toEqual([expect.objectContaining({ status: 200, outcome: 'ok', cost_picos: 20_000_000n })]);
  });

  it('asks for the usage of a stream, and hides it from a client that did not ask', async () => {
    const answer = ground.post(PATH, { model: 'm', stream: true });
    const { body } = await ground.upstream.stream(FIRST, chunk({ content: 'Hi' }), LAST, USAGE_CHUNK);
    const response = await answer;
    const text = await response.text();

    expect(JSON.parse(body.toString())).toMatchObject({ stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = text.trim().split('\n\n');
    expect(events).toHaveLength(4);
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(text).not.toContain('usage');
    expect(text).not.toContain('upstream-m');
    expect(await ground.row(response)).toMatchObject({ outcome: 'ok', is_streamed: true, input_tokens: 10 });
  });

  it('sends the status of a stream with its first event, and each event at once', async () => {
    const answer = ground.post(PATH, { model: 'm', stream: true });
    const { response } = await ground.upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.write(sse(chunk({ role: 'assistant', content: 'a' })));
    const reader = (await answer).body!.getReader();

    expect(new TextDecoder().decode((await reader.read()).value)).toContain('"content":"a"');
    response.end(`${sse(chunk({}, 'stop'))}data: [DONE]\n\n`);
    while (!(await reader.read()).done);
  });
});
