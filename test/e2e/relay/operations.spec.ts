import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import OpenAI, { toFile } from 'openai';
import { ANSWER, chunk, FIRST, LAST } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

describe('the operations beside chat', () => {
  let ground: RelayGround;
  let openai: OpenAI;

  beforeAll(async () => {
    ground = await startRelayGround();
    openai = new OpenAI({ apiKey: ground.token(), baseURL: `${ground.url}/v1`, maxRetries: 0 });
    for (const operation of ['embeddings', 'transcription', 'speech', 'image', 'moderation'] as const) {
      ground.route({ name: operation, profile: { operation } });
    }
    return () => ground.close();
  });

  it('embeds', async () => {
    const answer = openai.embeddings.create({ model: 'embeddings', input: 'bee', encoding_format: 'float' });
    const vector = { object: 'embedding', index: 0, embedding: [0.1, 0.2] };
    const usage = { prompt_tokens: 3, total_tokens: 3 };
    const { request } = await ground.upstream.reply(200, { object: 'list', model: 'x', data: [vector], usage });
    expect(request.url).toBe('/v1/embeddings');
    expect((await answer).data[0]!.embedding).toEqual([0.1, 0.2]);
    expect((await answer).model).toBe('embeddings');
    expect(await ground.row('embeddings')).toMatchObject({
      operation: 'embeddings',
      input_tokens: 3,
      output_tokens: 0,
    });
  });

  it('answers responses and completions with a chat profile', async () => {
    const responses = openai.responses.create({ model: 'm', input: 'Hi' });
    const usage = { input_tokens: 4, output_tokens: 2, total_tokens: 6 };
    const body = { id: 'resp_1', object: 'response', model: 'x', status: 'completed', output: [], usage };
    expect((await ground.upstream.reply(200, body)).request.url).toBe('/v1/responses');
    expect((await responses).model).toBe('m');
    expect(await ground.row('m')).toMatchObject({ operation: 'responses', input_tokens: 4, output_tokens: 2 });

    const completion = openai.completions.create({ model: 'm', prompt: 'Hi' });
    await ground.upstream.reply(200, { ...ANSWER, object: 'text_completion', choices: [{ index: 0, text: 'a' }] });
    expect((await completion).choices[0]!.text).toBe('a');
  });

  it('bills a responses stream from its last event, whichever that is', async () => {
    const stream = await Promise.all([
      openai.responses.create({ model: 'm', input: 'Hi', stream: true }),
      ground.upstream.next().then(({ response }) => {
        const usage = { input_tokens: 40, output_tokens: 20, total_tokens: 60 };
        const ended = { type: 'response.incomplete', sequence_number: 2, response: { id: 'r', model: 'x', usage } };
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          `event: response.created\n${sse({ type: 'response.created', response: { id: 'r', model: 'x' } })}`,
        );
        response.end(`event: response.incomplete\n${sse(ended)}`);
      }),
    ]).then(([events]) => events);
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['response.created', 'response.incomplete']);
    expect(await ground.row('m')).toMatchObject({ outcome: 'ok', input_tokens: 40, output_tokens: 20 });
  });

  it('raises an error in a responses stream that is cut', async () => {
    const call = openai.responses.create({ model: 'm', input: 'Hi', stream: true });
    const { response } = await ground.upstream.begin();
    response.write(`event: response.created\n${sse({ type: 'response.created', response: { id: 'r', model: 'x' } })}`);
    const read = async (): Promise<void> => {
      for await (const event of await call) if (event.type === 'response.created') response.destroy();
    };
    await expect(read()).rejects.toThrow('broke off');
  });

  it('passes a recording on with another model, its name and type as they came, and counts its seconds', async () => {
    const file = await toFile(Buffer.from([1, 0, 255, 13, 10]), 'bee.wav', { type: 'audio/wav' });
    const answer = openai.audio.transcriptions.create({ model: 'transcription', file, language: 'en' });
    const { body, request } = await ground.upstream.reply(200, {
      text: 'bzz',
      usage: { type: 'duration', seconds: 12 },
    });
    const form = await new Response(body, { headers: { 'content-type': request.headers['content-type']! } }).formData();
    const sent = form.get('file') as File;

    expect(form.get('model')).toBe('upstream-transcription');
    expect([sent.name, sent.type]).toEqual(['bee.wav', 'audio/wav']);
    expect(Buffer.from(await sent.arrayBuffer())).toEqual(Buffer.from([1, 0, 255, 13, 10]));
    expect((await answer).text).toBe('bzz');
    expect(await ground.row('transcription')).toMatchObject({ usage_source: 'provider', audio_ms: 12_000 });
  });

  it('passes a transcript back that is plain text', async () => {
    const file = await toFile(Buffer.from('x'), 'bee.wav');
    const answer = openai.audio.transcriptions.create({ model: 'transcription', file, response_format: 'srt' });
    await ground.upstream.reply(200, '1\n00:00:00,000 --> 00:00:07,500\nbzz\n', { 'content-type': 'text/plain' });
    expect(await answer).toContain('bzz');
    expect(await ground.row('transcription')).toMatchObject({
      outcome: 'ok',
      usage_source: 'estimated',
      audio_ms: 7500,
    });
  });

  it('streams speech as it comes, and counts characters', async () => {
    const call = openai.audio.speech.create({ model: 'speech', voice: 'alloy', input: 'Grüezi 🐝' });
    const { response } = await ground.upstream.next();
    response.writeHead(200, { 'content-type': 'audio/mpeg' }).write(Buffer.from([255, 0]));
    const answer = await call;
    response.end(Buffer.from([1]));
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([255, 0, 1]));
    expect(await ground.row('speech')).toMatchObject({ characters: 8, cost_picos: 120_000_000n });
  });

  it('breaks speech off when the upstream does, and answers 502 when nothing came yet', async () => {
    const begun = openai.audio.speech.create({ model: 'speech', voice: 'alloy', input: 'x' });
    const { response } = await ground.upstream.next();
    response.writeHead(200, { 'content-type': 'audio/mpeg' }).write(Buffer.from([255]));
    const answer = await begun;
    response.destroy();
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(await ground.row('speech')).toMatchObject({ outcome: 'cut' });

    const empty = openai.audio.speech.create({ model: 'speech', voice: 'alloy', input: 'x' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { response: second } = await ground.upstream.next();
      second.writeHead(200, { 'content-type': 'audio/mpeg' }).flushHeaders();
      setTimeout(() => second.destroy(), 20);
    }
    await expect(empty).rejects.toMatchObject({ status: 502 });
  });

  it('counts images, of edits too', async () => {
    const data = [{ b64_json: 'aa' }, { b64_json: 'bb' }];
    const made = openai.images.generate({ model: 'image', prompt: 'a bee', n: 2 });
    expect((await ground.upstream.reply(200, { created: 1, data })).request.url).toBe('/v1/images/generations');
    expect((await made).data).toHaveLength(2);
    expect(await ground.row('image')).toMatchObject({ images: 2 });

    const image = await toFile(Buffer.from('png'), 'bee.png', { type: 'image/png' });
    const edited = openai.images.edit({ model: 'image', image, prompt: 'more bees' });
    const { request, body } = await ground.upstream.reply(200, { created: 1, data: [data[0]] });
    expect(request.url).toBe('/v1/images/edits');
    expect(body.toString('latin1')).toContain('upstream-image');
    expect((await edited).data).toHaveLength(1);
    expect(await ground.row('image')).toMatchObject({ images: 1 });
  });

  it('moderates', async () => {
    const answer = openai.moderations.create({ model: 'moderation', input: 'bee' });
    await ground.upstream.reply(200, { id: 'modr-1', model: 'x', results: [{ flagged: false }] });
    expect((await answer).results).toHaveLength(1);
    const row = await ground.row('moderation');
    expect(row).toMatchObject({ usage_source: 'estimated', output_tokens: 0 });
    expect(row.input_tokens).toBeGreaterThan(0);
  });

  it('refuses a profile of another operation', async () => {
    const answer = await ground.post('/v1/embeddings', { model: 'm', input: 'x' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'wrong_operation', param: 'model' } });
  });

  it('unpacks an answer that came packed against our wish', async () => {
    const plain = ground.post('/v1/chat/completions', { model: 'm' });
    const packed = gzipSync(JSON.stringify(ANSWER));
    await ground.upstream.reply(200, packed, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
    expect((await plain).headers.has('content-encoding')).toBe(false);
    expect(await (await plain).json()).toMatchObject({ model: 'm' });

    const stream = ground.post('/v1/chat/completions', { model: 'm', stream: true });
    const events = gzipSync(sse(FIRST) + sse(chunk({ content: 'bzz' })) + sse(LAST) + 'data: [DONE]\n\n');
    await ground.upstream.reply(200, events, { 'content-encoding': 'gzip', 'content-type': 'text/event-stream' });
    const text = await (await stream).text();
    expect(text).toContain('bzz');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it("lists the token's profiles as models, and shows one", async () => {
    ground.route({ name: 'team/fast', profile: { aliases: ['quick'], isEnabled: true } });
    const bound = ground.route({ name: 'bound' });
    ground.route({ name: 'off', profile: { isEnabled: false } });
    const list = await openai.models.list();
    const names = list.data.map(({ id }) => id);

    expect(names).toContain('team/fast');
    expect(names).not.toContain('off');
    expect(list.data.find(({ id }) => id === 'team/fast')).toMatchObject({
      object: 'model',
      created: 1_763_600_000,
      owned_by: 'waggle',
      waggle: { operation: 'chat', aliases: ['quick'], context_window: 8000 },
    });
    expect(await openai.models.retrieve('team/fast')).toMatchObject({ id: 'team/fast' });
    expect(await openai.models.retrieve('quick')).toMatchObject({ id: 'team/fast' });
    await expect(openai.models.retrieve('nope')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });

    const narrow = new OpenAI({
      apiKey: ground.token({ profileIds: new Set([bound.id]) }),
      baseURL: `${ground.url}/v1`,
      maxRetries: 0,
    });
    expect((await narrow.models.list()).data.map(({ id }) => id)).toEqual(['bound']);
    await expect(narrow.models.retrieve('team/fast')).rejects.toMatchObject({ status: 403 });
    const unknown = new OpenAI({ apiKey: 'nope', baseURL: `${ground.url}/v1`, maxRetries: 0 });
    await expect(unknown.models.list()).rejects.toMatchObject({ status: 401 });
  });

  it.each([
    ['/inference/v1/chat/completions', 'hive/m'],
    ['/v1//chat/completions', 'm'],
    ['//v1/chat/completions', 'm'],
    ['/V1/chat/completions?beta=true', 'm'],
  ])('answers at %s, and to %s', async (path, model) => {
    const answer = ground.post(path, { model });
    await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(200);
    expect(await ground.row(await answer)).toMatchObject({ path: path.split('?')[0], requested_model: model });
  });

  it.each(['/v1/models', '/v1//models'])('lists at %s what Open WebUI puts on its list', async (path) => {
    const answer = await ground.send('GET', path, undefined, {
      headers: { authorization: `Bearer ${ground.token()}` },
    });
    const { object, data } = (await answer.json()) as { object: string; data: unknown[] };
    expect(object).toBe('list');
    const model = { id: 'm', object: 'model', created: expect.any(Number), owned_by: 'waggle' };
    expect(data).toContainEqual(expect.objectContaining(model));
  });

  it.each(['/v1/nothing', '/v1', '/inference/v1/nothing'])(
    'answers the unknown path %s as OpenAI does',
    async (path) => {
      const answer = await ground.post(path, {});
      expect(answer.status).toBe(404);
      expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
      const { error } = (await answer.json()) as { error: object };
      expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
    },
  );

  it('keeps its hands off what it does not know', async () => {
    const answer = ground.post('/v1/chat/completions', '{"model":"m","tools":[{"type":"namespace","x":1e2}]}');
    const { response, body } = await ground.upstream.next();
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end('{"model":"m-2","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1},"new":1.50}');
    await once(response, 'close');
    expect(body.toString()).toContain('{"type":"namespace","x":1e2}');
    expect(await (await answer).text()).toContain('"new":1.50');
  });
});
