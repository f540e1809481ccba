import type { PreparedExchange } from '../providers/exchanges/exchanges.service.js';

/** Who hears of a credential that is kept fresh. */
export interface RenewalListener {
  /** There is one, good until the next. */
  renewed(value: string): void;
  /** There is no new one; the last may still be good. */
  failed(detail: string): void;
  /** The last one is good no more. */
  lapsed(): void;
}

const MINUTE_MS = 60_000;
/** How long before its end a credential is renewed; one that lives shorter, at half of its time. */
const MARGIN_MS = 5 * MINUTE_MS;
/** When one is looked at again that names no end. */
const UNDATED_MS = 10 * MINUTE_MS;
const LONGEST_MS = 24 * 60 * MINUTE_MS;
const SHORTEST_MS = 500;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = MINUTE_MS;

/** Exchanges one credential, and again before what it got has ended, until it is stopped. It never throws. */
export class Renewal {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private until = 0;
  private failures = 0;

  constructor(
    private readonly exchange: PreparedExchange,
    private readonly listener: RenewalListener,
  ) {
    void this.renew();
  }

  get key(): string {
    return this.exchange.key;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async renew(): Promise<void> {
    try {
      const { value, expiresAt } = await this.exchange.run();
      if (this.isStopped) return;
      this.until = expiresAt;
      this.failures = 0;
      this.listener.renewed(value);
      this.wait(untilRenewal(expiresAt - Date.now()));
    } catch (error) {
      if (!this.isStopped) this.fail(error instanceof Error ? error.message : String(error));
    }
  }

  private fail(detail: string): void {
    const left = this.until - Date.now();
    this.listener.failed(detail);
    if (left <= 0) this.listener.lapsed();
    const retry = Math.min(FIRST_RETRY_MS * 2 ** this.failures++, LAST_RETRY_MS);
    this.wait(left > 0 ? Math.min(retry, left) : retry);
  }

  private wait(milliseconds: number): void {
    this.timer = setTimeout(() => void this.renew(), milliseconds).unref();
  }
}

/** How long to wait with what has so long to live. */
export function untilRenewal(leftMs: number): number {
  if (leftMs === Infinity) return UNDATED_MS;
  return Math.max(SHORTEST_MS, Math.min(leftMs - Math.min(MARGIN_MS, leftMs / 2), LONGEST_MS));
}
