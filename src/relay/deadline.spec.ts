import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.js';

describe('a deadline', () => {
  const missed = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers();
    missed.mockReset();
  });
  afterEach(() => vi.useRealTimers());

  it('strikes once, not before its time and at most 200 ms after', () => {
    new Deadline(1000, missed);
    vi.advanceTimersByTime(999);
    expect(missed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(201);
    expect(missed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5000);
    expect(missed).toHaveBeenCalledTimes(1);
  });

  it('begins anew when it is refreshed', () => {
    const deadline = new Deadline(1000, missed);
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(900);
      deadline.refresh();
    }
    expect(missed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1200);
    expect(missed).toHaveBeenCalledTimes(1);
  });

  it('does nothing once it is cleared, and lets the shared timer go', () => {
    const deadline = new Deadline(1000, missed);
    deadline.clear();
    vi.advanceTimersByTime(3000);
    expect(missed).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes another length when it is told one', () => {
    const deadline = new Deadline(1000, missed);
    deadline.refresh(3000);
    vi.advanceTimersByTime(2999);
    expect(missed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(201);
    expect(missed).toHaveBeenCalledTimes(1);
  });

  it('stays cleared until it is armed again', () => {
    const deadline = new Deadline(1000, missed);
    deadline.clear();
    deadline.refresh();
    vi.advanceTimersByTime(3000);
    expect(missed).not.toHaveBeenCalled();
    deadline.arm();
    deadline.arm();
    vi.advanceTimersByTime(1200);
    expect(missed).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be one of many, each with its own time', () => {
    const order: number[] = [];
    for (const ms of [700, 300, 500]) new Deadline(ms, () => order.push(ms));
    vi.advanceTimersByTime(1000);
    expect(order).toEqual([300, 500, 700]);
  });
});
