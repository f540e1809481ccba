import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepIdleMemoryLow } from './idle-memory.js';

describe('memory of an idle process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is given back at the start', () => {
    const free = vi.fn();
    keepIdleMemoryLow({ calls: 0, begun: 0 }, free)();
    expect(free).toHaveBeenCalledTimes(1);
  });

  it('is given back after a burst, once there is nothing to do', () => {
    const activity = { calls: 1, begun: 1 };
    const free = vi.fn();
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(100e6);
    const stop = keepIdleMemoryLow(activity, free);
    free.mockReset();
    rss.mockReturnValue(300e6);
    vi.advanceTimersByTime(60_000); // a call is under way
    activity.calls = 0;
    for (let i = 0; i < 30; i++) {
      activity.begun += 1; // short ones come and go between two looks
      vi.advanceTimersByTime(1000);
    }
    expect(free).not.toHaveBeenCalled();
    vi.advanceTimersByTime(21_000);
    expect(free).toHaveBeenCalledTimes(1);
    stop();
  });

  it('is left alone as long as it has hardly grown', () => {
    const free = vi.fn();
    const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(100e6);
    const stop = keepIdleMemoryLow({ calls: 0, begun: 0 }, free);
    free.mockReset();
    rss.mockReturnValue(114e6);
    vi.advanceTimersByTime(120_000);
    expect(free).not.toHaveBeenCalled();
    stop();
  });
});
