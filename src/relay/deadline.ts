import { Roster, type Listed } from '../common/roster.js';

const TICK_MS = 100;

const armed = new Roster<Deadline>();
let sweep: NodeJS.Timeout | undefined;
let now = 0;

/**
 * A time by which something has to have happened. Every call has some of them and hardly any is ever missed, so they
 * share one timer: a deadline strikes up to 200 ms late, and costs next to nothing when it is met.
 */
export class Deadline implements Listed {
  place = -1;
  private dueAt = 0;

  /** Calls `missed` once, `ms` after this or the last `refresh`, unless `clear` comes first. */
  constructor(
    private ms: number,
    readonly missed: () => void,
  ) {
    this.arm();
  }

  /** Begins the time anew, of another length if told. Does not bring back one that was cleared. */
  refresh(ms = this.ms): void {
    this.ms = ms;
    this.dueAt = now + TICK_MS + ms; // `now` may be a tick old
  }

  /** Begins the time anew, also after it was cleared. */
  arm(): void {
    if (!sweep) {
      now = performance.now();
      sweep = setInterval(strike, TICK_MS).unref();
    }
    if (this.place < 0) armed.add(this);
    this.refresh();
  }

  clear(): void {
    armed.delete(this);
  }

  /** Whether its time is over. */
  isMissed(at: number): boolean {
    return at >= this.dueAt;
  }
}

function strike(): void {
  now = performance.now();
  armed.forEach(strikeOne);
  if (armed.size > 0) return;
  clearInterval(sweep);
  sweep = undefined;
}

function strikeOne(deadline: Deadline): void {
  if (!deadline.isMissed(now)) return;
  armed.delete(deadline);
  deadline.missed();
}
