import type { AllowanceEntry } from '../../snapshot/allowances.js';
import type { WindowSpan } from './window.js';

/** What Postgres said of a counter when it was last asked. */
export interface PoolState {
  /** The limit, with a raise in force. */
  readonly limit: number;
  /** What is neither leased nor spent, by whichever worker. */
  readonly remaining: number;
  /** What all workers had spent for good. */
  readonly spent: number;
}

/** What a grant changed: the lease as Postgres has it now. */
export interface LeaseState {
  readonly counterId: string;
  readonly granted: number;
  readonly settled: number;
  /** When it was first asked for, by whichever worker; ms since epoch. */
  readonly bornAt: number;
}

/**
 * This worker's share of one window of an allowance, for one subject. What was granted is spent for good (`settled`), set
 * aside for calls under way (`held`), or free.
 */
export class Counter {
  /** Its id in Postgres; unknown before the first grant. */
  id: string | undefined;
  granted = 0;
  settled = 0;
  held = 0;
  /** When it began to count; unknown before the first grant. */
  bornAt: number | undefined;
  /** Until then (ms since epoch) it is taken for true that there is no more to be had. */
  dryUntil = 0;
  pool: PoolState | undefined;
  /** Whether the allowance is gone: it limits nothing any more. */
  isVoid = false;
  /** Whether another worker looks for what is free here. */
  isWanted = false;
  /** What was asked for since the tick, and in the tick before: how much to keep at hand. */
  private recent = 0;
  private before = 0;
  private largest = 0;
  private idleTicks = 0;

  /** What Postgres was last told. */
  private told: { granted: number; settled: number; held: number } | undefined = { granted: 0, settled: 0, held: 0 };

  constructor(
    public entry: AllowanceEntry,
    readonly subject: string,
    readonly span: WindowSpan,
  ) {}

  /** What calls may still take; below 0 when more was spent than granted. */
  get free(): number {
    return this.granted - this.settled - this.held;
  }

  hold(amount: number): void {
    this.held += amount;
    this.recent += amount;
    if (amount > this.largest) this.largest = amount;
  }

  /** A call could not have so much: it is to be at hand for the next. */
  missed(amount: number): void {
    this.recent += amount;
    if (amount > this.largest) this.largest = amount;
  }

  /** Ends a hold: `actual` of it is spent. A slot of concurrency is only ever given back. */
  settle(amount: number, actual: number): void {
    this.held -= amount;
    if (this.entry.metric !== 'concurrency') this.settled += actual;
  }

  /** Takes a hold back as if it had never been. */
  cancel(amount: number): void {
    this.held -= amount;
    this.recent -= amount;
  }

  /** How much should be free, so that the calls to come need not wait. */
  get target(): number {
    if (this.entry.metric === 'concurrency') return this.largest === 0 ? 0 : Math.max(1, Math.ceil(this.held / 4));
    return 2 * Math.max(this.recent, this.before, this.largest);
  }

  /** Whether it is time to ask for more, before it runs dry. */
  get isLow(): boolean {
    return this.free < Math.max(this.largest, this.target / 4);
  }

  /** Gives back what is not needed soon; all that is free when another worker looks for it. */
  giveBack(): void {
    const kept = this.isWanted ? 0 : this.target;
    if (this.free > kept) {
      this.granted = this.settled + this.held + kept;
      this.dryUntil = 0; // there is more to be had: this very part
    }
    this.isWanted = false;
  }

  /** Gives back all that is free, as its window is over. What was spent beyond the grant is granted afterwards. */
  giveBackAll(): void {
    this.granted = this.settled + this.held;
  }

  /** For what counts seconds: whether they have not passed yet, as far as is known. All else is always in time. */
  isInTime(now: number): boolean {
    const { bornAt, pool, entry } = this;
    if (entry.metric !== 'seconds') return true;
    return bornAt !== undefined && pool !== undefined && now < bornAt + pool.limit * 1000;
  }

  /** Once a tick: what was asked for long ago counts no longer. */
  tick(): void {
    this.idleTicks = this.recent === 0 && this.held === 0 ? this.idleTicks + 1 : 0;
    this.before = this.recent;
    this.recent = 0;
    if (this.idleTicks > 0) this.largest = 0;
  }

  /** Whether nothing is under way and nobody has asked for `ticks`. */
  isIdleFor(ticks: number): boolean {
    return this.held === 0 && this.idleTicks >= ticks;
  }

  /** Whether Postgres knows how it stands. */
  get isTold(): boolean {
    const { told } = this;
    return told?.granted === this.granted && told.settled === this.settled && told.held === this.held;
  }

  /** Postgres was told so; `undefined`: nobody knows what it took in. */
  wasTold(told: { granted: number; settled: number; held: number } | undefined): void {
    this.told = told;
  }

  /** Takes in a grant. The first one brings what this worker knew before it forgot the counter. */
  receive({ counterId, granted, settled, bornAt }: LeaseState, pool: PoolState): void {
    if (this.id === undefined) this.settled += settled;
    this.id = counterId;
    this.bornAt = bornAt;
    this.granted = granted;
    if (this.told) this.told = { ...this.told, granted };
    this.pool = pool;
  }
}
