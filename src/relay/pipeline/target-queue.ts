/** A call that waits until one of its targets has something left again. */
interface Waiter {
  readonly tokenId: string;
  readonly deadline: number;
  /** Takes what it needs, if that is there now. */
  readonly tryToEnter: () => boolean;
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean;
  readonly resolve: (hasEntered: boolean) => void;
}

/** For how long a call may wait for a saturated target. */
export const QUEUE_MS = 1000;
const LOOK_EVERY_MS = 20;
const MOST_WAITING = 500;

/**
 * Calls that found all of their targets saturated, for a moment. Tokens take turns, one call each: whoever sends the
 * most calls gets no larger share than others.
 */
export class TargetQueue {
  /** In the order of their turns. */
  private readonly byToken = new Map<string, Waiter[]>();
  private timer: NodeJS.Timeout | undefined;
  private size = 0;

  /** Calls that wait at the moment. */
  get length(): number {
    return this.size;
  }

  /** Resolves with whether the call could enter in time; with false at once when the queue is full. */
  wait({ tokenId, tryToEnter, isGone }: Pick<Waiter, 'tokenId' | 'tryToEnter' | 'isGone'>): Promise<boolean> {
    if (this.size >= MOST_WAITING) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { tokenId, tryToEnter, isGone, resolve, deadline: performance.now() + QUEUE_MS };
    const line = this.byToken.get(tokenId);
    if (line) line.push(waiter);
    else this.byToken.set(tokenId, [waiter]);
    this.size += 1;
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    return promise;
  }

  /** The first call of each token, then the second of each: as long as somebody's turn comes to something. */
  private look(): void {
    const lines = [...this.byToken.values()];
    const longest = Math.max(...lines.map((line) => line.length));
    const now = performance.now();
    const done = new Set<Waiter>();
    for (let turn = 0; turn < longest; turn++) {
      for (const line of lines) {
        const waiter = line[turn];
        if (waiter && isDone(waiter, now)) done.add(waiter);
      }
    }
    this.leave(done);
  }

  /** Whose call had its turn goes to the end of the round. */
  private leave(done: ReadonlySet<Waiter>): void {
    this.size -= done.size;
    const lines = [...this.byToken];
    const hadTurn = lines.filter(([, line]) => line.some((waiter) => done.has(waiter)));
    for (const [tokenId, line] of hadTurn) {
      const left = line.filter((waiter) => !done.has(waiter));
      this.byToken.delete(tokenId);
      if (left.length > 0) this.byToken.set(tokenId, left);
    }
    if (this.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** Gives a waiter its turn; tells whether it waits no longer. */
function isDone({ isGone, tryToEnter, deadline, resolve }: Waiter, now: number): boolean {
  const hasEntered = !isGone() && tryToEnter();
  if (!hasEntered && !isGone() && now < deadline) return false;
  resolve(hasEntered);
  return true;
}
