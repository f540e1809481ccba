import type { IncomingHttpHeaders } from 'node:http';

/** How an exchange ended: all was sent, we broke it off on purpose, or the caller left. `open`: it has not. */
export type Ending = 'open' | 'complete' | 'cut' | 'client_left';

/** What the simulator knows about one call: what it was asked, and what it sent. */
export interface CallRecord {
  /** Sent as `x-request-id`. */
  readonly id: string;
  readonly startedAt: number;
  readonly method: string;
  readonly path: string;
  /** What was asked for, with its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  operation: string;
  /** The model without its directives. */
  model: string;
  isStreamed: boolean;
  status: number;
  ended: Ending;
  /** Tokens of the prompt; 0 for an answer that is an error. */
  inputTokens: number;
  /** Tokens in the frames that were written, reasoning included. */
  outputTokens: number;
  /** Whether the answer's usage was written too. */
  isUsageSent: boolean;
  framesSent: number;
}

/** Sums over all calls since the start or the last reset, the forgotten ones included. */
export interface Totals {
  calls: number;
  open: number;
  complete: number;
  cut: number;
  clientLeft: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  byOperation: Record<string, number>;
}

const DEFAULT_KEPT = 20_000;

/** The simulator's own books: each of the latest calls, and sums over all, to compare a gateway's ledger with. */
export class Account {
  private latest: CallRecord[] = [];
  private sums = noTotals();

  constructor(private readonly kept = DEFAULT_KEPT) {}

  open(record: CallRecord): void {
    if (this.latest.length >= 2 * this.kept) this.latest = this.latest.slice(-this.kept);
    this.latest.push(record);
    this.sums.calls++;
    this.sums.open++;
  }

  close(record: CallRecord, ended: Exclude<Ending, 'open'>): void {
    if (record.ended !== 'open') return;
    record.ended = ended;
    const { sums } = this;
    sums.open--;
    sums[ended === 'client_left' ? 'clientLeft' : ended]++;
    if (record.status >= 400) sums.errors++;
    sums.inputTokens += record.inputTokens;
    sums.outputTokens += record.outputTokens;
    sums.byOperation[record.operation] = (sums.byOperation[record.operation] ?? 0) + 1;
  }

  /** The latest calls, oldest first. */
  records(): readonly CallRecord[] {
    return this.latest.slice(-this.kept);
  }

  totals(): Readonly<Totals> {
    return { ...this.sums, byOperation: { ...this.sums.byOperation } };
  }

  /** Forgets what has ended; calls still open stay. */
  reset(): void {
    this.latest = this.latest.filter(({ ended }) => ended === 'open');
    this.sums = { ...noTotals(), calls: this.latest.length, open: this.latest.length };
  }
}

function noTotals(): Totals {
  return {
    calls: 0,
    open: 0,
    complete: 0,
    cut: 0,
    clientLeft: 0,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    byOperation: {},
  };
}
