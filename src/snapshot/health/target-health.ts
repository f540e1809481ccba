import type { CircuitState } from '../health-view.js';
import { MovingAverage } from './moving-average.js';
import { OutcomeWindow } from './outcome-window.js';
import type { ProviderLimits } from './provider-limits.js';
import { RetryBudget } from './retry-budget.js';

/** The part of a target's health that outlives a moment; times are ms since epoch. */
export interface StoredHealth {
  readonly state: 'closed' | 'degraded' | 'open';
  /** When it came into this state. */
  readonly since: number;
  /** When an open one may be tried again; 0 when it is not open. */
  readonly openUntil: number;
  /** Until when its provider asked to be left alone; 0 never. */
  readonly coolUntil: number;
  /** How often it opened without having been well for a while in between. */
  readonly opens: number;
  /** What brought it there, as an error class; `null` when it is well. */
  readonly reason: string | null;
}

/** A change of state that this process saw. */
export interface HealthChange {
  readonly target: TargetHealth;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/** What a target is made with. */
export interface TargetParts {
  readonly announce?: (change: HealthChange) => void;
  readonly budget?: RetryBudget;
  readonly random?: () => number;
}

/** The reason of a target that was taken out of service by a probe, not by a call. */
export const PROBE_FAILED = 'probe_failed';

const FIRST_OPEN_MS = 5000;
const LONGEST_OPEN_MS = 30_000;
/** After so long without trouble the next opening is a first one again. */
const FORGIVEN_MS = 60_000;
const DEFAULT_COOL_MS = 1000;
const LONGEST_COOL_MS = 300_000;
/** An outage has so many failures at least; in a row, if they took at least this time. */
const RUN_LENGTH = 10;
const RUN_MS = 1000;

/**
 * The state machine of one target. It has no clock and touches nothing outside: outcomes and times come from its
 * caller. Only what the provider caused may be told to it. A success of a target in good health costs a few additions.
 */
export class TargetHealth {
  inFlight = 0;
  /** What its provider lets through, once it has said so. */
  limits: ProviderLimits | undefined;
  /** Of its provider. */
  readonly budget: RetryBudget;
  readonly ttft = new MovingAverage();
  readonly total = new MovingAverage();
  private readonly window = new OutcomeWindow();
  private base: StoredHealth['state'] = 'closed';
  private since = 0;
  private openUntil = 0;
  private coolUntil = 0;
  private askedUntil = 0;
  private opens = 0;
  private reason: string | null = null;
  private runLength = 0;
  private runSince = 0;
  private isProbing = false;
  private readonly announce: (change: HealthChange) => void;
  private readonly random: () => number;

  constructor(
    readonly providerId: string,
    readonly modelId: string,
    { announce = () => {}, budget = new RetryBudget(), random = Math.random }: TargetParts = {},
  ) {
    this.announce = announce;
    this.budget = budget;
    this.random = random;
  }

  /** The state at this moment; one in good health is known without asking for the time. */
  get state(): CircuitState {
    return this.base === 'closed' && this.coolUntil === 0 ? 'closed' : this.stateAt(Date.now());
  }

  stateAt(now: number): CircuitState {
    if (this.coolUntil > now) return 'open';
    if (this.base === 'degraded') return this.counts(now).bad > 0 ? 'degraded' : 'closed'; // nobody may have called since
    if (this.base === 'closed') return 'closed';
    return this.openUntil > now ? 'open' : 'half_open';
  }

  /** What is shared and stored. */
  get stored(): StoredHealth {
    const { base: state, since, openUntil, coolUntil, opens, reason } = this;
    return { state, since, openUntil, coolUntil, opens, reason };
  }

  /** Whether it failed so much that it was taken out of service; asking us to wait is no such failure. */
  get isDown(): boolean {
    return this.base === 'open';
  }

  /** The share of the last minute's calls that failed. */
  get failureRate(): number {
    if (this.window.bad === 0) return 0;
    const { good, bad } = this.counts(Date.now());
    return bad === 0 ? 0 : bad / (good + bad);
  }

  /** How many outcomes of the last minute were good and bad. */
  counts(now: number): { readonly good: number; readonly bad: number } {
    this.window.moveTo(now);
    return { good: this.window.good, bad: this.window.bad };
  }

  /** How long the provider asked to be left alone from now on, in ms, or takes nothing more; 0 when it didn't say. */
  askedWaitMs(now: number): number {
    return Math.max(0, this.askedUntil - now, this.limits?.waitMs(now) ?? 0);
  }

  /** Whether a call may be made: of a half-open target only one at a time, whose outcome decides. */
  admit(now: number): boolean {
    if (this.base !== 'open' && this.coolUntil === 0) return this.limits === undefined || this.limits.admit(now);
    const state = this.stateAt(now);
    if (state === 'open' || (state === 'half_open' && this.isProbing)) return false;
    if (this.limits && !this.limits.admit(now)) return false;
    if (state === 'half_open') this.isProbing = true;
    else this.coolUntil = 0;
    return true;
  }

  /** The provider answered as it should, to a call of `startedAt`. */
  succeed(startedAt: number, now: number): void {
    this.window.addGood(now);
    this.runLength = 0;
    if (this.base === 'closed') return;
    if (this.base === 'degraded') {
      if (this.window.bad <= 0.05 * this.window.total) this.become('closed', now, null);
    } else if (startedAt >= this.since) this.close(now); // a call of before it opened says nothing of now
  }

  /** The provider failed a call of `startedAt`; `reason` is the error class. */
  fail(startedAt: number, now: number, reason: string): void {
    this.window.addBad(now);
    if (this.runLength++ === 0) this.runSince = now;
    if (this.base === 'open') {
      if (startedAt >= this.openUntil) this.open(now, reason);
    } else if (this.isOutage(now)) this.open(now, reason);
    else if (this.base === 'closed' && this.isTroubled()) this.become('degraded', now, reason);
  }

  /** The call had an end that says nothing of the provider: the caller left, or was wrong. */
  abstain(): void {
    this.isProbing = false;
  }

  /** The provider asked to be left alone: for so long, or for a moment when it didn't say. */
  cool(now: number, waitMs: number | undefined, reason: string): void {
    const from = this.stateAt(now);
    const until = now + Math.min(waitMs ?? DEFAULT_COOL_MS, LONGEST_COOL_MS);
    this.isProbing = false;
    this.coolUntil = Math.max(this.coolUntil, until);
    if (from !== 'open') this.reason = reason;
    if (waitMs === undefined) return; // so short that it is no news for others
    this.askedUntil = Math.max(this.askedUntil, until);
    this.announce({ target: this, from, to: 'open' });
  }

  /** Takes it out of service; tried again after a while that doubles as long as it does not come back. */
  open(now: number, reason: string): void {
    const from = this.stateAt(now);
    if (this.base !== 'open' && now - this.since > FORGIVEN_MS) this.opens = 0;
    const longest = Math.min(FIRST_OPEN_MS * 2 ** this.opens, LONGEST_OPEN_MS);
    this.openUntil = now + longest * (0.75 + this.random() / 4);
    this.opens++;
    this.enter('open', now, reason);
    this.announce({ target: this, from, to: 'open' });
  }

  /** Puts it back in service with a clean slate: traffic or a small call has shown that it works. */
  close(now: number): void {
    const from = this.stateAt(now);
    this.window.clear();
    this.runLength = 0;
    this.openUntil = this.coolUntil = this.askedUntil = 0;
    if (from === 'closed') return;
    this.enter('closed', now, null);
    this.announce({ target: this, from, to: 'closed' });
  }

  /**
   * Hears what another process found: that the target is out of service, or back, or asked to be left alone. How well it
   * serves otherwise each process sees for itself. What is older than what is known here is no news.
   */
  hear(news: StoredHealth): void {
    this.window.moveTo(news.since);
    if (news.reason === PROBE_FAILED && this.window.good > 0) return; // calls know better
    const isNewer = news.since >= this.since;
    if (isNewer && (news.state === 'open' || this.base === 'open')) return this.take(news);
    this.coolUntil = Math.max(this.coolUntil, news.coolUntil);
    this.askedUntil = Math.max(this.askedUntil, news.coolUntil);
    this.reason ??= news.reason;
  }

  /** Takes over what was known before a restart. Announces nothing. */
  take({ state, since, openUntil, coolUntil, opens, reason }: StoredHealth): void {
    if (state === 'closed' && this.base !== 'closed') {
      this.window.clear();
      this.runLength = 0;
    }
    this.base = state;
    this.since = since;
    this.openUntil = openUntil;
    this.coolUntil = this.askedUntil = coolUntil;
    this.opens = opens;
    this.reason = reason;
    this.isProbing = false;
  }

  private isOutage(now: number): boolean {
    // However well all went before: nothing but failures, for a while. Else more than half, by three standard errors.
    if (this.runLength >= RUN_LENGTH && now - this.runSince >= RUN_MS) return true;
    const { bad, total } = this.window;
    return bad >= RUN_LENGTH && bad >= 0.5 * total + 1.5 * Math.sqrt(total);
  }

  /** More than a tenth fail, and that by two standard errors. */
  private isTroubled(): boolean {
    const { bad, total } = this.window;
    return bad >= 3 && bad >= 0.1 * total + 0.6 * Math.sqrt(total);
  }

  private become(state: 'closed' | 'degraded', now: number, reason: string | null): void {
    const from = this.base;
    this.enter(state, now, reason);
    this.announce({ target: this, from, to: state });
  }

  private enter(state: StoredHealth['state'], now: number, reason: string | null): void {
    this.base = state;
    this.since = now;
    this.reason = reason;
    this.isProbing = false;
  }
}
