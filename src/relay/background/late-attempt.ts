import type { AttemptRecord, LedgerUsage, BackgroundState } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { PendingResponseRecord } from '../../journal/pending-response-record.js';
import { nanosOf } from '../../limits/book/amounts.js';
import type { PendingEnd } from '../../responses/pending-responses.js';
import { costOf } from '../../routing/cost.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { fromPriceText } from './price-text.js';
import type { ResponseEnd } from './response-end.js';

type Fate = Pick<AttemptRecord, 'outcome' | 'error_code' | 'error_class'>;

const FINE: Fate = { outcome: 'ok', error_code: null, error_class: null };
const FATES: Readonly<Record<BackgroundState, Fate>> = {
  pending: FINE,
  completed: FINE,
  incomplete: FINE,
  failed: { outcome: 'upstream_error', error_code: null, error_class: 'server_error' },
  cancelled: { outcome: 'cancelled', error_code: null, error_class: null },
  expired: { outcome: 'timeout', error_code: 'background_expired', error_class: 'total_timeout' },
};

/** What the books say of a response once it has ended. What its provider does not tell is counted here, and flagged so. */
export async function pendingEnd(
  pending: PendingResponseRecord,
  end: ResponseEnd,
  counter: Pick<TokenCounter, 'count'>,
): Promise<PendingEnd> {
  return close(pending, end, end.usage ?? (await estimated(pending, end, counter)));
}

/** What they say of one whose provider never told: the most that it may have used. */
export function expiredEnd(pending: PendingResponseRecord): PendingEnd {
  const end: ResponseEnd = { state: 'expired', usage: undefined, generated: '', errorCode: null };
  return close(pending, end, counted(Number(pending.prompt_tokens), Number(pending.most_output_tokens)));
}

function close(
  { attempt, price: priceText, started_at }: PendingResponseRecord,
  { state, errorCode }: ResponseEnd,
  usage: LedgerUsage,
): PendingEnd {
  const fate = FATES[state];
  const price = fromPriceText(priceText);
  const cost = usage.usage_source === 'none' && fate.outcome !== 'ok' ? 0n : costOf(price, usage);
  return {
    state,
    attempt: {
      ...attempt,
      ...usage,
      ...fate,
      error_code: errorCode ?? fate.error_code,
      cost_picos: cost,
      duration_ms: Math.max(0, Date.now() - Date.parse(started_at)),
    },
    used: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      total_tokens: usage.input_tokens + usage.output_tokens,
      money: nanosOf(cost ?? 0n),
    },
  };
}

/** A response that failed and has nothing to show is billed by nobody; one that was cancelled has at least been read. */
async function estimated(
  pending: PendingResponseRecord,
  { state, generated }: ResponseEnd,
  counter: Pick<TokenCounter, 'count'>,
): Promise<LedgerUsage> {
  if (state === 'failed' && generated === '') return NO_USAGE;
  const { outputTokens } = await counter.count('', generated);
  return counted(Number(pending.prompt_tokens), outputTokens);
}

function counted(input_tokens: number, output_tokens: number): LedgerUsage {
  return { ...NO_USAGE, usage_source: 'estimated', input_tokens, output_tokens };
}
