import { ExchangeError, type ShortLived } from '../providers/drivers/exchange.js';
import { Renewal, untilRenewal } from './renewal.js';

const MINUTE = 60_000;

describe(untilRenewal, () => {
  it.each([
    [60 * MINUTE, 55 * MINUTE],
    [6 * MINUTE, 3 * MINUTE],
    [2000, 1000],
    [0, 500],
    [-MINUTE, 500],
    [7 * 24 * 60 * MINUTE, 24 * 60 * MINUTE],
    [Infinity, 10 * MINUTE],
  ])('waits with %i ms to live for %i ms', (left, expected) => {
    expect(untilRenewal(left)).toBe(expected);
  });
});

describe(Renewal, () => {
  const heard: string[] = [];
  let answers: (ShortLived | ExchangeError)[] = [];
  let renewal: Renewal;

  const start = (...given: (ShortLived | ExchangeError)[]): void => {
    answers = given;
    const run = (): Promise<ShortLived> => {
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    renewal = new Renewal(
      { key: 'k', run },
      {
        renewed: (value) => heard.push(value),
        failed: (detail) => heard.push(`failed: ${detail}`),
        lapsed: () => heard.push('lapsed'),
      },
    );
  };

  beforeEach(() => {
    vi.useFakeTimers();
    heard.length = 0;
  });
  afterEach(() => {
    renewal.stop();
    vi.useRealTimers();
  });

  const living = (value: string, minutes: number): ShortLived => ({ value, expiresAt: Date.now() + minutes * MINUTE });

  it('has one at once, and the next before that has ended', async () => {
    start(living('first', 60), living('second', 120));
    await vi.advanceTimersByTimeAsync(54 * MINUTE);
    expect(heard).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(heard).toEqual(['first', 'second']);
  });

  it('keeps what it has while it is good, says when it is not, and goes on trying', async () => {
    start(living('first', 10), new ExchangeError('no'));
    await vi.advanceTimersByTimeAsync(9.9 * MINUTE);
    expect(heard).not.toContain('lapsed');
    await vi.advanceTimersByTimeAsync(0.2 * MINUTE);
    expect(heard.slice(-2)).toEqual(['failed: no', 'lapsed']);
    answers = [living('second', 60)];
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(heard.at(-1)).toBe('second');
  });

  it('says nothing more once it is stopped, not even of what was under way', async () => {
    start(living('first', 60));
    renewal.stop();
    await vi.advanceTimersByTimeAsync(120 * MINUTE);
    expect(heard).toEqual([]);
  });
});
