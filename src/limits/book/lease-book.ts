import type { AllowanceEntry } from '../../snapshot/allowances.js';
import { Counter } from './counter.js';
import { windowAt } from './window.js';

/** What a call takes of a counter. */
export interface Claim {
  readonly counter: Counter;
  readonly amount: number;
}

/** The counters of one allowance: those of the window that is on, by subject. */
interface Page {
  epoch: number;
  end: number;
  readonly counters: Map<string, Counter>;
}

const IDLE_TICKS = 60;
const MOST_SUBJECTS = 10_000;
const OTHERS = '…';

/**
 * What this worker may spend by itself, in memory: no call waits for Postgres as long as its leases cover it. It is
 * plain and synchronous; the keeper fills it and tells Postgres what became of it.
 */
export class LeaseBook {
  private readonly pages = new Map<string, Page>();
  /** Counters of windows that are over or of older epochs, until nothing is held in them and Postgres knows. */
  private readonly closing = new Set<Counter>();
  private readonly asking = new Set<Counter>();
  private ask = (): void => {};
  /** Whose leases these are; names the worker in the ledger. */
  workerId = '';
  /** Whether leases may be spent: not so when others may think that this worker is dead. */
  isLive = false;
  /** The same for slots of concurrency, which others take over sooner. */
  areSlotsLive = false;
  /** Whether Postgres could not be reached when it was last tried. */
  isCutOff = false;
  /** Calls that were let through without knowing what is left, since the start. */
  opened = 0;
  /** Calls that were refused, since the start. */
  refused = 0;

  /** Calls `ask` when a counter runs low. */
  onAsk(ask: () => void): void {
    this.ask = ask;
  }

  /** The counter that an allowance has for a subject now (ms since epoch). */
  counterOf(entry: AllowanceEntry, subject: string, now: number): Counter {
    const page = this.pageOf(entry, now);
    let counter = page.counters.get(subject);
    if (!counter) {
      // Callers may make up values: those beyond a number share one counter.
      if (page.counters.size >= MOST_SUBJECTS && subject !== OTHERS) return this.counterOf(entry, OTHERS, now);
      counter = new Counter(entry, subject, windowAt(entry, now));
      page.counters.set(subject, counter);
    }
    if (counter.entry !== entry) renew(counter, entry);
    return counter;
  }

  /** Sets aside what a call claims: all of it, or nothing. Returns the first claim that is not covered. */
  hold(claims: readonly Claim[], now: number): Claim | undefined {
    for (let i = 0; i < claims.length; i++) {
      const claim = claims[i]!;
      const { counter, amount } = claim;
      if (!this.covers(claim, now)) {
        for (let k = 0; k < i; k++) claims[k]!.counter.cancel(claims[k]!.amount);
        return claim;
      }
      counter.hold(amount);
      if (counter.isLow && now >= counter.dryUntil) this.wish(counter);
    }
    return undefined;
  }

  /** The first claim that is not covered, with nothing set aside. */
  lacking<Of extends Claim>(claims: readonly Of[], now: number): Of | undefined {
    return claims.find((claim) => !this.covers(claim, now));
  }

  /** Notes that a counter wants more; it is asked for soon. */
  wish(counter: Counter): void {
    if (this.asking.has(counter)) return;
    this.asking.add(counter);
    this.ask();
  }

  /** The counters that want more, each once. */
  takeAsking(): Counter[] {
    const taken = [...this.asking];
    this.asking.clear();
    return taken;
  }

  /** Once a tick: windows that are over are put aside, and what nobody asks for is forgotten once Postgres has it back. */
  tick(now: number): void {
    for (const [id, page] of this.pages) {
      if (now >= page.end) this.close(page);
      for (const [subject, counter] of page.counters) {
        counter.tick();
        if (counter.isIdleFor(IDLE_TICKS) && isDone(counter)) page.counters.delete(subject);
      }
      if (page.counters.size === 0) this.pages.delete(id);
    }
    for (const counter of this.closing) if (isDone(counter)) this.closing.delete(counter);
  }

  /** Every counter that Postgres has to hear of. */
  *counters(): Generator<Counter> {
    yield* this.closing;
    for (const { counters } of this.pages.values()) yield* counters.values();
  }

  /** Whether a counter's window is over. */
  isClosing(counter: Counter): boolean {
    return this.closing.has(counter);
  }

  /** Forgets all leases, as this worker is taken for dead: what its calls still settle is in the ledger under its old id. */
  forget(): void {
    this.pages.clear();
    this.closing.clear();
    this.asking.clear();
  }

  /** Whether there is nothing to keep or to tell. */
  get isEmpty(): boolean {
    return this.pages.size === 0 && this.closing.size === 0;
  }

  /** What is held by calls under way, over all counters; 0 at rest. */
  get holds(): number {
    let count = 0;
    for (const { held } of this.counters()) if (held !== 0) count++;
    return count;
  }

  private covers({ counter, amount }: Claim, now: number): boolean {
    const { entry, isVoid } = counter;
    if (!entry.isHard || isVoid) return true;
    const isLive = entry.metric === 'concurrency' ? this.areSlotsLive : this.isLive;
    return isLive && counter.free >= amount && counter.isInTime(now);
  }

  private pageOf(entry: AllowanceEntry, now: number): Page {
    let page = this.pages.get(entry.id);
    if (page && page.epoch === entry.epoch && now < page.end) return page;
    if (page) this.close(page);
    page = { epoch: entry.epoch, end: windowAt(entry, now).end, counters: new Map() };
    this.pages.set(entry.id, page);
    return page;
  }

  private close({ counters }: Page): void {
    for (const counter of counters.values()) this.closing.add(counter);
    counters.clear();
  }
}

/** Takes in a change of the allowance. Of a smaller limit nothing is kept at hand that was leased of the larger one. */
function renew(counter: Counter, entry: AllowanceEntry): void {
  if (entry.limit < counter.entry.limit) counter.isWanted = true;
  counter.entry = entry;
  counter.dryUntil = 0;
}

/** Whether nothing is held or free, and Postgres knows all of it, or never heard of it. */
function isDone({ id, free, held, isTold }: Counter): boolean {
  return held === 0 && (id === undefined || (free <= 0 && isTold));
}
