import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepIdleMemoryLow } from './idle-memory.js';

describe('memory of an idle process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** Something large that is garbage, and whether it is gone. */
  function garbage(): () => boolean {
    const reference = new WeakRef(Array.from({ length: 10_000 }, () => ({})));
    return () => reference.deref() === undefined;
  }

  it('is collected after the start, as soon as no call comes', async () => {
    const stop = keepIdleMemoryLow({ calls: 0, begun: 0 });
    const isGone = garbage();
    await vi.advanceTimersByTimeAsync(1000);
    expect(isGone()).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(isGone()).toBe(true);
    stop();
  });

  it('is left alone while there are calls, or have just been some', () => {
    const activity = { calls: 1, begun: 1 };
    const collect = vi.fn();
    const stop = keepIdleMemoryLow(activity, collect);
    vi.advanceTimersByTime(60_000);
    activity.calls = 0;
    for (let i = 0; i < 10; i++) {
      activity.begun += 1;
      vi.advanceTimersByTime(1000);
    }
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(3000);
    expect(collect).toHaveBeenCalledTimes(1);
    stop();
  });

  it('is not collected again as long as it has not grown', () => {
    const collect = vi.fn();
    const stop = keepIdleMemoryLow({ calls: 0, begun: 0 }, collect);
    vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(100e6);
    vi.advanceTimersByTime(120_000);
    expect(collect).toHaveBeenCalledTimes(1);
    vi.mocked(process.memoryUsage.rss).mockReturnValue(200e6);
    vi.advanceTimersByTime(120_000);
    expect(collect).toHaveBeenCalledTimes(2);
    stop();
  });
});
