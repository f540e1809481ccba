import type { Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Exchange } from './exchange.js';

const TIMES = { connectMs: 1, firstByteMs: 3000, idleMs: 1000, totalMs: 60_000 };
/** How late a deadline may strike. */
const LATE_MS = 200;

describe(Exchange.name, () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('cuts an upstream that does not begin to answer in time, from when it was sent the request', async () => {
    const { exchange, start, cutBy } = begun();
    vi.advanceTimersByTime(10_000); // waiting for a connection
    start();
    vi.advanceTimersByTime(2999);
    expect(cutBy()).toBeUndefined();
    vi.advanceTimersByTime(1 + LATE_MS);
    expect(cutBy()).toBe('first-byte-timeout');
    expect(await exchange.head).toMatchObject({ cut: 'first-byte-timeout', wasSent: true });
  });

  it('cuts an answer that falls silent, each piece beginning the time anew', () => {
    const { exchange, start, head, piece, cutBy } = begun();
    start();
    head();
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(900);
      piece();
    }
    expect(cutBy()).toBeUndefined();
    vi.advanceTimersByTime(1000 + LATE_MS);
    expect(cutBy()).toBe('idle-timeout');
    expect(exchange.isOver).toBe(true);
  });

  it('takes no silence amiss while it is paused', () => {
    const { exchange, start, head, piece, cutBy } = begun();
    start();
    head();
    piece();
    exchange.pause();
    vi.advanceTimersByTime(20_000);
    expect(cutBy()).toBeUndefined();
    exchange.resume();
    vi.advanceTimersByTime(900);
    expect(cutBy()).toBeUndefined();
    vi.advanceTimersByTime(100 + LATE_MS);
    expect(cutBy()).toBe('idle-timeout');
  });

  it('cuts an answer that takes too long in all, even one that never pauses', () => {
    const { start, head, piece, cutBy } = begun(5000);
    start();
    head();
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(500 + LATE_MS / 10);
      piece();
    }
    expect(cutBy()).toBe('total-timeout');
  });

  it('leaves no timer behind once the answer has ended, or was cut', () => {
    const [ended, cut] = [begun(), begun()];
    for (const each of [ended, cut]) {
      each.start();
      each.head();
    }
    ended.exchange.onResponseEnd();
    cut.exchange.cut('gone');
    expect([ended.cutBy(), cut.cutBy()]).toEqual([undefined, 'gone']);
    vi.advanceTimersByTime(LATE_MS);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** An exchange whose upstream is played by hand. */
function begun(totalMs?: number) {
  const exchange = new Exchange(TIMES, totalMs);
  let reason: string | undefined;
  const controller = {
    abort: (cause: Error) => {
      reason = cause.message;
      exchange.onResponseError(controller, cause);
    },
    pause: () => {},
    resume: () => {},
  } as unknown as Dispatcher.DispatchController;
  return {
    exchange,
    start: () => exchange.onRequestStart(controller),
    head: () => exchange.onResponseStart(controller, 200, {}),
    piece: () => exchange.onResponseData(controller, Buffer.from('x')),
    cutBy: () => reason,
  };
}
