/** What a provider said of one of its limits, as texts and numbers of its answer. */
export interface ToldLimit {
  readonly limit: number;
  readonly remaining: number;
  /** When all of it is there again, as the provider put it; empty when it did not say. */
  readonly reset: string;
}

/** A limit as it is shown. */
export interface KnownLimit {
  readonly limit: number | null;
  readonly remaining: number;
  /** ms since epoch; `null` unknown. */
  readonly resetAt: number | null;
}

/** Where nothing is said of it, one looks again after that. */
const UNKNOWN_RESET_MS = 1000;
const LONGEST_RESET_MS = 300_000;
/** Below this part of a limit on tokens no call of any size fits. */
const LEAST_TOKENS = 0.01;

/**
 * One limit of a provider for one target. Providers refill steadily, until all is there at the reset: what is left is
 * worked out between answers. It costs nothing to speak of until it runs low.
 */
class ProviderLimit {
  private told: ToldLimit | undefined;
  private at = 0;
  private taken = 0;
  private parsedReset: number | undefined;

  /** `least`: what must be left for a call, as a part of the limit; one call at least. */
  constructor(private readonly least: number) {}

  note(told: ToldLimit, at: number): void {
    this.told = told;
    this.at = at;
    this.taken = 0;
    this.parsedReset = undefined;
  }

  take(): void {
    this.taken += 1;
  }

  /** For how long there is no room for a call, in ms. */
  waitMs(now: number): number {
    const { told } = this;
    if (!told) return 0;
    const wanted = Math.max(1, told.limit * this.least);
    const left = told.remaining - (this.least === 0 ? this.taken : 0);
    if (left >= wanted) return 0;
    const resetAt = this.at + this.resetMs;
    if (now >= resetAt) return this.begin();
    const used = told.limit - told.remaining;
    if (!(used > 0)) return resetAt - now;
    return Math.max(0, this.at + ((wanted - left) * this.resetMs) / used - now);
  }

  get known(): KnownLimit | undefined {
    const { told } = this;
    if (!told) return undefined;
    const resetAt = told.reset === '' ? null : this.at + this.resetMs;
    return { limit: Number.isFinite(told.limit) ? told.limit : null, remaining: told.remaining, resetAt };
  }

  private get resetMs(): number {
    return (this.parsedReset ??= Math.min(LONGEST_RESET_MS, resetMs(this.told?.reset ?? '', this.at)));
  }

  /** Its time is over, and nobody has said anything since. */
  private begin(): number {
    this.told = undefined;
    return 0;
  }
}

/** What a provider lets through for one target, as its answers say. */
export class ProviderLimits {
  readonly requests = new ProviderLimit(0);
  readonly tokens = new ProviderLimit(LEAST_TOKENS);

  /** For how long there is no room for a call, in ms. */
  waitMs(now: number): number {
    return Math.max(this.requests.waitMs(now), this.tokens.waitMs(now));
  }

  /** Takes the room of one call, if there is some. */
  admit(now: number): boolean {
    if (this.waitMs(now) > 0) return false;
    this.requests.take();
    return true;
  }
}

/** A moment, or a duration as Go prints it, or seconds: in ms from `at` on. */
export function resetMs(text: string, at: number): number {
  if (text === '') return UNKNOWN_RESET_MS;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit ?? 's']!, 0);
  }
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? UNKNOWN_RESET_MS : Math.max(0, moment - at);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
