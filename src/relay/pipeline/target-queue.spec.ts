import { QUEUE_MS, TargetQueue } from './target-queue.js';

describe('the queue for saturated targets', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = () => false;

  /** A target with room for as many as `free` says, and the order in which calls entered. */
  function target(queue: TargetQueue) {
    const state = { free: 0, entered: [] as string[] };
    const call = (name: string): Promise<boolean> =>
      queue.wait({
        tokenId: name[0]!,
        isGone: never,
        tryToEnter: () => {
          if (state.free === 0) return false;
          state.free--;
          state.entered.push(name);
          return true;
        },
      });
    return { state, call };
  }

  it('gives each token a turn before any has a second one', async () => {
    const queue = new TargetQueue();
    const { state, call } = target(queue);
    const calls = ['a1', 'a2', 'a3', 'b1', 'c1'].map(call);
    state.free = 4;
    await vi.advanceTimersByTimeAsync(25);
    expect(state.entered).toEqual(['a1', 'b1', 'c1', 'a2']);
    state.free = 1;
    await vi.advanceTimersByTimeAsync(25);
    await expect(Promise.all(calls)).resolves.toEqual([true, true, true, true, true]);
    expect(queue.length).toBe(0);
  });

  it('does so also when there is room for one at a time', async () => {
    const { state, call } = target(new TargetQueue());
    const calls = ['a1', 'a2', 'a3', 'b1', 'c1'].map(call);
    for (let i = 0; i < calls.length; i++) {
      state.free = 1;
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(state.entered).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('lets nobody wait for long, and nobody who has left', async () => {
    const queue = new TargetQueue();
    const late = queue.wait({ tokenId: 'a', isGone: never, tryToEnter: never });
    const gone = queue.wait({ tokenId: 'a', isGone: () => true, tryToEnter: () => true });
    await vi.advanceTimersByTimeAsync(25);
    expect(queue.length).toBe(1);
    await vi.advanceTimersByTimeAsync(QUEUE_MS);
    await expect(Promise.all([late, gone])).resolves.toEqual([false, false]);
  });

  it('is bounded, and needs no timer when it is empty', async () => {
    const queue = new TargetQueue();
    for (let i = 0; i < 500; i++) void queue.wait({ tokenId: String(i), isGone: never, tryToEnter: never });
    await expect(queue.wait({ tokenId: 'x', isGone: never, tryToEnter: never })).resolves.toBe(false);
    await vi.advanceTimersByTimeAsync(QUEUE_MS + 50);
    expect([queue.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
