import type { AllowanceEntry } from '../../snapshot/allowances.js';
import { formatAmount } from './amounts.js';
import type { Counter } from './counter.js';
import type { Claim } from './lease-book.js';

/** Why a call gets nothing of an allowance, and when it may come again. */
export interface Refusal {
  readonly kind: 'rate' | 'quota';
  readonly message: string;
  /** `null` when waiting does not help. */
  readonly retryAfterSeconds: number | null;
}

const METRICS: Readonly<Record<AllowanceEntry['metric'], string>> = {
  requests: 'requests',
  input_tokens: 'input tokens',
  output_tokens: 'output tokens',
  total_tokens: 'tokens',
  money: 'USD',
  concurrency: 'requests at a time',
  seconds: 'seconds',
};

/** Says what is used up. Budgets are quotas, and so is what never starts anew; all else is a rate. */
export function refusalOf({ counter, amount }: Claim, now: number): Refusal {
  const { entry, pool } = counter;
  const limit = pool?.limit ?? entry.limit;
  const kind = entry.metric === 'money' || entry.window === 'total' ? 'quota' : 'rate';
  const size = `${formatAmount(entry.metric, limit)} ${METRICS[entry.metric]}${per(entry)}`;
  const named = `the allowance "${entry.name}" of ${size}`;
  if (amount > limit) {
    const most = formatAmount(entry.metric, amount);
    return { kind, retryAfterSeconds: null, message: `This request may use up to ${most}, more than ${named}.` };
  }
  const what = kind === 'quota' ? 'You exceeded your current quota' : 'Rate limit reached';
  return { kind, retryAfterSeconds: retryAfter(counter, amount, now), message: `${what}: ${named} is used up.` };
}

/** What others hold comes back when their calls end; what is spent does so with the next window. */
function retryAfter({ entry, span, pool }: Counter, amount: number, now: number): number | null {
  if (entry.metric === 'concurrency') return 1;
  if (entry.metric === 'seconds') return null;
  const isSpent = !pool || pool.spent + amount > pool.limit;
  if (!isSpent && entry.metric !== 'requests') return 1;
  return span.end === Infinity ? null : Math.max(1, Math.ceil((span.end - now) / 1000));
}

function per({ window, rollingSeconds }: AllowanceEntry): string {
  if (window === null) return '';
  if (window === 'total') return ' in total';
  return window === 'rolling' ? ` in ${rollingSeconds} s` : ` per ${window}`;
}
