import type OpenAI from 'openai';
import { clientOf, prompt, type Target } from './target.js';
import { expectTruthfulStream } from '../stream-invariants.js';

/** Plain and streamed chat, with all that comes along. */
export function describeChat(target: Target): void {
  const ask: Ask = (directives) => ({ model: target().models.chat, messages: [prompt(directives)] });
  describePlain(target, ask);
  describeDetails(target, ask);
  describeStreams(target, ask);
  describeChunks(target, ask);
}

function describePlain(target: Target, ask: Ask): void {
  it('answers a chat', async () => {
    const answer = await clientOf(target()).chat.completions.create(ask('tokens=7'));
    const [choice] = answer.choices;
    expect(answer.object).toBe('chat.completion');
    expect(choice).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant', refusal: null } });
    expect(choice?.message.content?.split(' ')).toHaveLength(7);
    expect(answer.usage).toMatchObject({ completion_tokens: 7, prompt_tokens_details: { cached_tokens: 0 } });
    expect(answer._request_id).toMatch(/^req_/);
  });

  it('gives the same answer to the same question', async () => {
    const question = ask();
    const answers = [1, 2].map(() => clientOf(target()).chat.completions.create(question));
    const [one, other] = await Promise.all(answers);
    expect(one?.choices[0]?.message.content).toBe(other?.choices[0]?.message.content);
  });

  it('stops at the maximum that was asked for', async () => {
    const answer = await clientOf(target()).chat.completions.create({ ...ask(), max_completion_tokens: 3 });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(3);
  });
}

function describeDetails(target: Target, ask: Ask): void {
  it('gives several choices and log probabilities', async ({ skip }) => {
    skip(target().isTranslated ?? false, 'others give one choice');
    const answer = await clientOf(target()).chat.completions.create({ ...ask('tokens=2'), n: 3, logprobs: true });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(answer.choices[0]?.logprobs?.content).toHaveLength(2);
    expect(answer.usage?.completion_tokens).toBe(6);
  });

  it('keeps the reasoning apart and counts it', async ({ skip }) => {
    skip(target().countsNoReasoning ?? false, 'it is not counted apart');
    const answer = await clientOf(target()).chat.completions.create({ ...ask(), model: target().models.reasoner });
    expect(answer.choices[0]?.message).toHaveProperty('reasoning_content', expect.any(String));
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBe(8);
  });

  it('tells how much of the prompt was cached', async () => {
    const answer = await clientOf(target()).chat.completions.create(ask('cached=4'));
    expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(4);
  });
}

type Ask = (directives?: string) => { model: string; messages: OpenAI.ChatCompletionUserMessageParam[] };

function describeStreams(target: Target, ask: Ask): void {
  it('streams a chat through the stream helper', async () => {
    const runner = clientOf(target()).chat.completions.stream(ask('tokens=20'));
    let deltas = 0;
    runner.on('content', () => deltas++);
    const final = await runner.finalChatCompletion();
    expect(deltas).toBeGreaterThan(1);
    expect(final.choices[0]?.message.content?.split(' ')).toHaveLength(20);
    expect(final.choices[0]?.finish_reason).toBe('stop');
  });

  it('ends a stream that fails in the middle with an error that the SDK throws', async () => {
    // In other dialects more events come before the first piece of text.
    const errorAfter = target().isTranslated ? 8 : 4;
    const answer = { ...ask(`tokens=9&errorAfter=${errorAfter}`), stream: true as const };
    const chunks = await clientOf(target()).chat.completions.create(answer);
    let received = 0;
    const reading = (async () => {
      for await (const _ of chunks) received++;
    })();
    await expect(reading).rejects.toThrow();
    if (target().isTranslated) expect(received).toBeGreaterThan(0);
    else expect(received).toBe(4);
  });
}

function describeChunks(target: Target, ask: Ask): void {
  const streamed = (directives = '', rest: object = {}) => rawStream(target, { ...ask(directives), ...rest });

  it.each(['tokens=9', 'tokens=9&framing=crlf', 'tokens=9&framing=nospace', 'tokens=5&split=1', 'tokens=9&split=7'])(
    'streams chunks that keep every promise (%s)',
    async (directives) => {
      const facts = expectTruthfulStream(await streamed(directives));
      expect(facts.text.split(' ')).toHaveLength(Number(/tokens=(\d)/.exec(directives)?.[1]));
      expect(facts.usage).toBeUndefined();
    },
  );

  it('sends the usage in a chunk of its own to a client that asked for it', async () => {
    const body = await streamed('tokens=9', { stream_options: { include_usage: true } });
    expect(expectTruthfulStream(body).usage).toMatchObject({ completion_tokens: 9 });
  });

  it('streams several choices, each with its role and its end', async ({ skip }) => {
    skip(target().isTranslated ?? false, 'others give one choice');
    const body = await streamed('tokens=3', { n: 2 });
    expect(expectTruthfulStream(body).finishReasons).toEqual(['stop', 'stop']);
  });

  it('streams the reasoning before the answer', async () => {
    const body = await streamed('tokens=3&reasoning=2');
    expect(expectTruthfulStream(body).text.split(' ')).toHaveLength(3);
    expect(body).toContain('"reasoning_content":"The"');
  });
}

async function rawStream(target: Target, body: object): Promise<string> {
  const { baseURL, apiKey } = target();
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return response.text();
}
