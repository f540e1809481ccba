import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepIdleMemoryLow } from './idle-memory.js';

describe('memory of an idle process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is given back at the start', () => {
    const collect = vi.fn();
    keepIdleMemoryLow({ calls: 0, begun: 0 }, collect)();
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it('is given back after a burst, once there is nothing to do', () => {
    const activity = { calls: 1, begun: 1 };
    const collect = vi.fn();
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(100e6);
    const stop = keepIdleMemoryLow(activity, collect);
    collect.mockReset();
    rss.mockReturnValue(300e6);
    vi.advanceTimersByTime(60_000); // a call is under way
    activity.calls = 0;
    for (let i = 0; i < 30; i++) {
      activity.begun += 1; // short ones come and go between two looks
      vi.advanceTimersByTime(1000);
    }
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(21_000);
    expect(collect).toHaveBeenCalledTimes(1);
    stop();
  });

  it('is left alone as long as it has not doubled', () => {
    const collect = vi.fn();
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(100e6);
    const stop = keepIdleMemoryLow({ calls: 0, begun: 0 }, collect);
    collect.mockReset();
    rss.mockReturnValue(190e6);
    vi.advanceTimersByTime(120_000);
    expect(collect).not.toHaveBeenCalled();
    stop();
  });
});
