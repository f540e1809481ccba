import Anthropic from '@anthropic-ai/sdk';
import { expectTruthfulMessage } from '../message-invariants.js';
import { rawStream } from './messages.js';
import { ask, clientOf, type Target } from './target.js';

const SLOW = 'tokens=1000&chunkDelayMs=20';

/** Errors as the SDK's classes, retries, and callers who leave. */
export function describeFailures(target: Target): void {
  describeErrors(target);
  describeLeaving(target);

  it('is asked again by the SDK after 529, and answers', async () => {
    const client = clientOf(target(), { maxRetries: 2 });
    const message = await client.messages.create(ask(target(), 'status=529&failTimes=1&retryAfter=0&tokens=2'));
    expect(message.usage.output_tokens).toBe(2);
  });

  it('ends a stream that fails in the middle with an error event, and no clean end', async () => {
    const facts = expectTruthfulMessage(await rawStream(target(), 'tokens=30&errorAfter=9'), 'failed');
    expect(facts.error).toEqual({ type: expect.any(String), message: expect.any(String) });
  });
}

function describeErrors(target: Target): void {
  it('refuses a wrong key with 401, whichever header it comes in', async () => {
    for (const credential of [{ apiKey: 'wrong' }, { apiKey: null, authToken: 'wrong' }]) {
      const failure = await failureOf(clientOf(target(), credential).messages.create(ask(target())));
      expect(failure).toBeInstanceOf(Anthropic.AuthenticationError);
      expect(failure).toMatchObject({ status: 401, type: 'authentication_error' });
    }
  });

  it('takes a right key as a Bearer token, too', async () => {
    const client = clientOf(target(), { apiKey: null, authToken: target().apiKey });
    expect((await client.messages.create(ask(target(), 'tokens=2'))).usage.output_tokens).toBe(2);
  });

  it('does not know a model that does not exist', async () => {
    const failure = await failureOf(clientOf(target()).messages.create({ ...ask(target()), model: 'no-such-model' }));
    expect(failure).toBeInstanceOf(Anthropic.NotFoundError);
    expect(failure).toMatchObject({ status: 404, type: 'not_found_error' });
    expect(failure.requestID).toMatch(/^req_/);
  });

  it('refuses a conversation without messages', async () => {
    const failure = await failureOf(clientOf(target()).messages.create({ ...ask(target()), messages: [] }));
    expect(failure).toBeInstanceOf(Anthropic.BadRequestError);
    expect(failure).toMatchObject({ status: 400, type: 'invalid_request_error' });
  });

  it.each([
    [422, 'UnprocessableEntityError'],
    [429, 'RateLimitError'],
    [500, 'InternalServerError'],
    [529, 'InternalServerError'],
  ] as const)('turns the answer %d into %s, streamed or not', async (status, name) => {
    for (const stream of [false, true]) {
      const answer = clientOf(target()).messages.create({ ...ask(target(), `status=${status}`), stream });
      const failure = await failureOf(answer);
      expect(failure).toBeInstanceOf(Anthropic[name]);
      expect(failure.error).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
    }
  });
}

function describeLeaving(target: Target): void {
  it('stops upstream when the caller aborts a stream', async () => {
    const left = () => target().simulator.stats.totals().clientLeft;
    const before = left();
    const stream = await clientOf(target()).messages.create({ ...ask(target(), SLOW), stream: true });
    for await (const _ of stream) break; // leaving the loop aborts
    await vi.waitFor(() => expect(left()).toBe(before + 1), { timeout: 1000, interval: 5 });
  });

  it('stops upstream when the caller aborts before the first byte', async () => {
    const totals = () => target().simulator.stats.totals();
    const { clientLeft, calls } = totals();
    const controller = new AbortController();
    const answer = clientOf(target()).messages.create(ask(target(), 'hang=headers'), { signal: controller.signal });
    const outcome = expect(answer).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await vi.waitFor(() => expect(totals().calls).toBe(calls + 1), { interval: 5 });
    controller.abort();
    await outcome;
    await vi.waitFor(() => expect(totals().clientLeft).toBe(clientLeft + 1), { timeout: 1000, interval: 5 });
  });
}

async function failureOf(answer: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const failure: unknown = await answer.then(
    () => new Error('it answered'),
    (error: unknown) => error,
  );
  if (failure instanceof Anthropic.APIError) return failure;
  throw failure;
}
