import OpenAI, { toFile } from 'openai';
import { readEvents } from '../stream-invariants.js';
import { clientOf, collect, prompt, type Target } from './target.js';

const SECOND = Buffer.alloc(16_000, 'bzz');

/** Everything that isn't chat. */
export function describeOperations(target: Target): void {
  describeTexts(target);
  describeResponses(target);
  describeTranscriptions(target);
  describeSpeech(target);
  describeImages(target);
}

function describeTexts(target: Target): void {
  it('lists models and shows one', async () => {
    const client = clientOf(target());
    const listed = await collect(client.models.list());
    const { chat } = target().models;
    expect(listed.map(({ id }) => id)).toContain(chat);
    expect(await client.models.retrieve(chat)).toMatchObject({ id: chat, object: 'model' });
  });

  it('completes a text the old way, plain and streamed', async () => {
    const client = clientOf(target());
    const ask = { model: target().models.completion, prompt: 'Once upon a time', max_tokens: 5 };
    const plain = await client.completions.create(ask);
    expect(plain.usage).toEqual({ prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 });
    const chunks = await collect(await client.completions.create({ ...ask, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(plain.choices[0]?.text);
  });

  it('embeds texts with the same numbers as base64 and as floats', async () => {
    const client = clientOf(target());
    const ask = { model: target().models.embeddings, input: ['a bee', 'a flower'], dimensions: 32 };
    const packed = await client.embeddings.create(ask); // the SDK asks for base64 by itself
    const floats = await client.embeddings.create({ ...ask, encoding_format: 'float' });
    expect(packed.data.map(({ embedding }) => [...embedding])).toEqual(floats.data.map(({ embedding }) => embedding));
    expect(packed.data.map(({ embedding }) => embedding.length)).toEqual([32, 32]);
    expect(packed.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
  });

  it('embeds token numbers', async () => {
    const ask = { model: target().models.embeddings, input: [[1, 2, 3], [4]] };
    const answer = await clientOf(target()).embeddings.create(ask);
    expect(answer.data).toHaveLength(2);
    expect(answer.usage.prompt_tokens).toBe(4);
  });

  it('moderates texts', async () => {
    const ask = { model: target().models.moderation, input: ['a kind word', 'an attack'] };
    const { results } = await clientOf(target()).moderations.create(ask);
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
  });
}

/** The Responses API, plain and streamed. */
export function describeResponses(target: Target): void {
  const ask = (directives = 'tokens=6') => ({
    model: target().models.responses,
    input: prompt(directives).content as string,
  });

  it('creates a response', async () => {
    const answer = await clientOf(target()).responses.create(ask());
    expect(answer).toMatchObject({ object: 'response', status: 'completed', usage: { output_tokens: 6 } });
    expect(answer.output_text.split(' ')).toHaveLength(6);
  });

  it('streams a response, event by event', async () => {
    const stream = clientOf(target()).responses.stream(ask());
    const events = await collect(stream);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)?.type).toBe('response.completed');
    expect((await stream.finalResponse()).output_text.split(' ')).toHaveLength(6);
  });

  it('tells when a response hit its maximum', async () => {
    const answer = await clientOf(target()).responses.create({ ...ask('tokens=30'), max_output_tokens: 16 });
    expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(answer.usage?.output_tokens).toBe(16);
  });

  it('calls a function in a response and takes its result', async () => {
    const client = clientOf(target());
    const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
    const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: true }];
    const first = await client.responses.create({ ...ask(), tools });
    const call = first.output.find((item) => item.type === 'function_call');
    expect(JSON.parse(call?.arguments ?? '')).toEqual({ place: 'honey' });
    const result = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'sunny' };
    const history = first.output as OpenAI.Responses.ResponseInputItem[];
    const input = [{ role: 'user' as const, content: ask().input }, ...history, result];
    expect((await client.responses.create({ ...ask(), tools, input })).output_text.split(' ')).toHaveLength(6);
  });
}

function describeTranscriptions(target: Target): void {
  const file = () => toFile(SECOND, 'bees.wav', { type: 'audio/wav' });
  const ask = async () => ({ model: target().models.transcription, file: await file() });

  it('transcribes an upload and counts its tokens', async () => {
    const answer = await clientOf(target()).audio.transcriptions.create(await ask());
    expect(answer.text.split(' ')).toHaveLength(12);
    expect(answer.usage).toMatchObject({ type: 'tokens', input_tokens: 10, output_tokens: 12 });
  });

  it.each(['text', 'srt', 'vtt'] as const)('transcribes to %s, which is no JSON', async (format) => {
    const whisper = { ...(await ask()), model: target().models.whisper, response_format: format };
    const answer: unknown = await clientOf(target()).audio.transcriptions.create(whisper);
    const expected = { text: /^The \w+/, srt: /^1\n00:00:00,000 --> /, vtt: /^WEBVTT\n\n00:00:00.000 --> / }[format];
    expect(answer).toMatch(expected);
  });

  it('transcribes with words and segments', async () => {
    const answer = await clientOf(target()).audio.transcriptions.create({
      ...(await ask()),
      model: target().models.whisper,
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    });
    expect(answer).toMatchObject({ language: 'english', duration: 1, usage: { type: 'duration', seconds: 1 } });
    expect([answer.words?.length, answer.segments?.length]).toEqual([12, 2]);
  });

  it('streams a transcription', async () => {
    const stream = await clientOf(target()).audio.transcriptions.create({ ...(await ask()), stream: true });
    const events = await collect(stream);
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', usage: { output_tokens: 12 } });
  });

  it('translates an upload', async () => {
    const answer = await clientOf(target()).audio.translations.create({
      ...(await ask()),
      model: target().models.translation,
    });
    expect(answer.text).toMatch(/^The /);
  });
}

function describeSpeech(target: Target): void {
  it('speaks a text as bytes', async () => {
    const answer = await clientOf(target()).audio.speech.create({
      model: target().models.speech,
      voice: 'alloy',
      input: 'x'.repeat(100),
    });
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    expect((await answer.arrayBuffer()).byteLength).toBe(20_000);
  });

  it('speaks a text in events, the last of which has the usage', async () => {
    const answer = await clientOf(target()).audio.speech.create({
      model: target().models.speech,
      voice: 'alloy',
      input: 'x'.repeat(100),
      stream_format: 'sse',
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = readEvents(await answer.text()).map(
      ({ data }) => JSON.parse(data) as { type: string; audio?: string },
    );
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { output_tokens: 200 } });
    const bytes = events.slice(0, -1).map(({ audio }) => Buffer.from(audio ?? '', 'base64'));
    expect(Buffer.concat(bytes)).toHaveLength(20_000);
  });
}

function describeImages(target: Target): void {
  it('draws images', async () => {
    const answer = await clientOf(target()).images.generate({ model: target().models.image, prompt: 'two bees', n: 2 });
    expect(answer.data?.map(({ b64_json: image }) => image?.slice(0, 5))).toEqual(['iVBOR', 'iVBOR']);
    expect(answer.usage).toMatchObject({ input_tokens: 2, output_tokens: 544 });
  });

  it('gives the address of an image where that was asked for', async () => {
    const ask = { model: target().models.image, prompt: 'a bee', response_format: 'url' as const };
    const answer = await clientOf(target()).images.generate(ask);
    expect(answer.data?.map(({ url, b64_json: image }) => [url?.slice(0, 8), image])).toEqual([
      ['https://', undefined],
    ]);
  });

  it('edits an image that was uploaded', async () => {
    const image = await toFile(Buffer.from('picture'), 'bee.png', { type: 'image/png' });
    const answer = await clientOf(target()).images.edit({ model: target().models.image, prompt: 'add a hat', image });
    expect(answer.data).toHaveLength(1);
    expect(answer.usage?.input_tokens_details.image_tokens).toBe(272);
  });
}
