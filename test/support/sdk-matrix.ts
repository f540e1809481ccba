import { randomUUID } from 'node:crypto';
import type { RequestRecord } from '../../src/journal/ledger-record.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import type { RelayGround } from './relay-ground.js';
import { AI_SDKS } from './sdk-matrix/ai-sdk.js';
import { ANTHROPIC, anthropicOf } from './sdk-matrix/anthropic.js';
import { LANGCHAIN } from './sdk-matrix/langchain.js';
import { OPENAI_CHAT, OPENAI_RESPONSES } from './sdk-matrix/openai.js';
import { WEATHER_INPUT, type Sdk, type SdkTarget } from './sdk-matrix/sdk.js';

/** Where the calls go, and where they are put on record. */
export interface MatrixTarget extends SdkTarget {
  readonly ground: RelayGround;
  readonly simulator: Simulator;
}

/** What every SDK does with a model, with what it gets and what the ledger says. `target` is asked within tests. */
export function describeSdks(target: () => MatrixTarget): void {
  const sdks = [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, ...AI_SDKS, LANGCHAIN];
  describe.each(sdks)('$name', (sdk) => describeSdk(sdk, target));
  describeCounting(target);
}

type Target = () => MatrixTarget;

function describeSdk(sdk: Sdk, target: Target): void {
  describeAnswers(sdk, target);
  describeTurns(sdk, target);
  describeEnds(sdk, target);
}

/** What the ledger has of the calls so far. */
function rowsOf({ ground }: MatrixTarget): RequestRecord[] {
  return ground.entries.flatMap(({ request }) => request ?? []);
}

function ask(directives: string): string {
  return `How do bees tell the way? [[simulate ${directives}&key=${randomUUID()}]]`;
}

/** What every answer's row has. */
const BILLED = { outcome: 'ok', usage_source: 'provider', attempts: 1 };

/** SDKs call it by one of two names. */
function statusOf(error: unknown): unknown {
  const { status, statusCode } = error as { status?: number; statusCode?: number };
  return status ?? statusCode;
}

/** What only Anthropic's clients do. */
function describeCounting(target: Target): void {
  it('counts the tokens of a message for nothing', async () => {
    const messages = [{ role: 'user' as const, content: 'How do bees tell the way?' }];
    const count = await anthropicOf(target()).messages.countTokens({ model: target().model, messages });
    expect(count.input_tokens).toBeGreaterThan(3);
    const free = { outcome: 'ok', usage_source: 'none', cost_picos: 0n, path: '/v1/messages/count_tokens' };
    expect(rowsOf(target()).at(-1)).toMatchObject(free);
  });
}

function describeAnswers(sdk: Sdk, target: Target): void {
  const rows = () => rowsOf(target());

  it('answers a text, and the ledger has what the SDK was told', async () => {
    const { text, inputTokens, outputTokens } = await sdk.text(target(), ask('tokens=7'));
    expect(text.split(' ')).toHaveLength(7);
    expect(outputTokens).toBe(7);
    expect(rows().at(-1)).toMatchObject({
      path: `/v1${sdk.path}`,
      outcome: 'ok',
      usage_source: 'provider',
      input_tokens: inputTokens,
      output_tokens: 7,
    });
  });

  it('streams a text, piece by piece', async () => {
    const { text, pieces, inputTokens, outputTokens } = await sdk.stream(target(), ask('tokens=12'));
    expect(text.split(' ')).toHaveLength(12);
    expect(pieces).toBeGreaterThan(5);
    expect(outputTokens).toBe(12);
    expect(rows().at(-1)).toMatchObject({
      is_streamed: true,
      outcome: 'ok',
      input_tokens: inputTokens,
      output_tokens: 12,
    });
  });
}

function describeTurns(sdk: Sdk, target: Target): void {
  const rows = () => rowsOf(target());

  it('calls a tool, and goes on with its result', async () => {
    const before = rows().length;
    const { input, text } = await sdk.tool(target(), ask('tokens=4'));
    expect(input).toEqual(WEATHER_INPUT);
    expect(text.split(' ')).toHaveLength(4);
    const made = rows().slice(before);
    expect(made).toMatchObject([BILLED, { ...BILLED, output_tokens: 4 }]);
    expect(made.every(({ input_tokens: input, output_tokens: output }) => input > 0 && output > 0)).toBe(true);
  });

  it('answers with an object that fits a schema', async () => {
    expect(await sdk.structured(target(), ask('tokens=4'))).toEqual({ name: 'honey', age: 42 });
    const row = rows().at(-1);
    expect(row).toMatchObject(BILLED);
    expect(row?.output_tokens).toBeGreaterThan(0);
  });
}

function describeEnds(sdk: Sdk, target: Target): void {
  const rows = () => rowsOf(target());

  it('raises what the provider refuses', async () => {
    const error: unknown = await sdk.fail(target(), ask('status=400')).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect(statusOf(error)).toBe(400);
    expect(rows().at(-1)).toMatchObject({ status: 400, outcome: 'caller_error', cost_picos: 0n });
  });

  it('stops upstream when it leaves', async () => {
    const left = () => target().simulator.stats.totals().clientLeft;
    const before = left();
    await sdk.abort(target(), ask('tokens=500&chunkDelayMs=10'));
    await vi.waitFor(() => expect(left()).toBe(before + 1), { timeout: 2000, interval: 5 });
    await vi.waitFor(() => expect(rows().at(-1)).toMatchObject({ outcome: 'cancelled' }), {
      timeout: 2000,
      interval: 5,
    });
  });
}
