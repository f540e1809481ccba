import OpenAI from 'openai';
import { clientOf, countingClient, prompt, type Target } from './target.js';

/** Errors as the SDK's classes, retries, and callers who leave. */
export function describeFailures(target: Target): void {
  const ask = (directives = '') => ({ model: target().models.chat, messages: [prompt(directives)] });

  describeErrors(target, ask);
  describeRetries(target, ask);

  it('stops upstream when the caller aborts a stream', async () => {
    const { simulator } = target();
    const left = () => simulator.stats.totals().clientLeft;
    const before = left();
    const stream = await clientOf(target()).chat.completions.create({ ...ask(SLOW), stream: true });
    for await (const _ of stream) break; // leaving the loop aborts
    await vi.waitFor(() => expect(left()).toBe(before + 1), { timeout: 1000, interval: 5 });
  });

  it('stops upstream when the caller aborts before the first byte', async () => {
    const { simulator } = target();
    const { clientLeft, calls } = simulator.stats.totals();
    const controller = new AbortController();
    const answer = clientOf(target()).chat.completions.create(ask('hang=headers'), { signal: controller.signal });
    const outcome = expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await vi.waitFor(() => expect(simulator.stats.totals().calls).toBe(calls + 1), { interval: 5 });
    controller.abort();
    await outcome;
    const left = () => simulator.stats.totals().clientLeft;
    await vi.waitFor(() => expect(left()).toBe(clientLeft + 1), { timeout: 1000, interval: 5 });
  });

  it('gives up on an answer that takes longer than the client waits', async () => {
    const answer = clientOf(target(), { timeout: 100 }).chat.completions.create(ask('hang=headers'));
    await expect(answer).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  });
}

const SLOW = 'tokens=1000&chunkDelayMs=20';
type Ask = (directives?: string) => { model: string; messages: OpenAI.ChatCompletionUserMessageParam[] };

function describeErrors(target: Target, ask: Ask): void {
  it('refuses a wrong key with 401', async () => {
    const client = clientOf(target(), { apiKey: 'sk-wrong' });
    const failure = await failureOf(client.chat.completions.create(ask()));
    expect(failure).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(failure).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
  });

  it('does not know a model that does not exist', async () => {
    const failure = await failureOf(clientOf(target()).chat.completions.create({ ...ask(), model: 'no-such-model' }));
    expect(failure).toBeInstanceOf(OpenAI.NotFoundError);
    expect(failure).toMatchObject({ status: 404, code: 'model_not_found', param: null });
    expect(failure.requestID).toBeTruthy();
  });

  it("hands a caller's mistake back as the provider put it", async () => {
    const failure = await failureOf(clientOf(target()).chat.completions.create({ ...ask(), messages: [] }));
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    const code = target().isTranslated ? 'invalid_body' : 'empty_array';
    expect(failure).toMatchObject({ status: 400, code, param: 'messages' });
  });

  it.each([
    [422, 'UnprocessableEntityError'],
    [429, 'RateLimitError'],
    [500, 'InternalServerError'],
    [503, 'InternalServerError'],
  ] as const)('turns the answer %d into %s, streamed or not', async (status, name) => {
    for (const stream of [false, true]) {
      const answer = clientOf(target()).chat.completions.create({ ...ask(`status=${status}`), stream });
      const failure = await failureOf(answer);
      expect(failure).toBeInstanceOf(OpenAI[name]);
      expect(failure.error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
    }
  });
}

function describeRetries(target: Target, ask: Ask): void {
  it.each([429, 500, 503])('is asked again by the SDK after %d, and answers', async (status) => {
    const { client } = countingClient(target(), 2);
    const answer = await client.chat.completions.create(ask(`status=${status}&failTimes=1&retryAfter=0`));
    expect(answer.choices).toHaveLength(1);
  });

  it("is not asked again after a caller's mistake", async () => {
    const { client, calls } = countingClient(target(), 2);
    await failureOf(client.chat.completions.create(ask('status=400')));
    expect(calls).toEqual([400]);
  });
}

async function failureOf(answer: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const failure: unknown = await answer.then(
    () => new Error('it answered'),
    (error: unknown) => error,
  );
  if (failure instanceof OpenAI.APIError) return failure;
  throw failure;
}
