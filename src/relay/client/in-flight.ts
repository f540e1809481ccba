import { Roster, type Listed } from '../../common/roster.js';

/** A call that can be ended before its time. */
export interface Cuttable extends Listed {
  end(reason: 'shutdown'): void;
}

/** What is being worked on at the moment, as plain numbers for metrics and for the bound on memory. */
export class InFlight {
  private readonly entries = new Roster<Cuttable>();
  private readonly idle: (() => void)[] = [];
  private held = 0;
  private entered = 0;
  private draining = false;

  /** Calls that have not ended. */
  get calls(): number {
    return this.entries.size;
  }

  /** Calls that were ever begun. */
  get begun(): number {
    return this.entered;
  }

  /** Bytes of request and answer bodies held in memory. */
  get bytes(): number {
    return this.held;
  }

  /** Whether the process is going away: answers then close their connection, and readiness is off. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Counts a call in. */
  enter(call: Cuttable): void {
    this.entered += 1;
    this.entries.add(call);
  }

  /** Counts it out. */
  leave(call: Cuttable): void {
    this.entries.delete(call);
    if (this.entries.size === 0 && this.idle.length > 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  hold(bytes: number): void {
    this.held += bytes;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }

  /** Waits for the calls in flight; those that outlast the grace are cut. Resolves when none is left. */
  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    if (this.entries.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.idle.push(resolve);
    const timer = setTimeout(() => {
      this.entries.forEach((call) => call.end('shutdown'));
    }, graceMs);
    await promise;
    clearTimeout(timer);
  }
}
