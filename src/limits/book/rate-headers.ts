import type { Counter } from './counter.js';
import type { Claim } from './lease-book.js';

type Kind = 'requests' | 'tokens';

const KINDS: Readonly<Partial<Record<string, Kind>>> = {
  requests: 'requests',
  input_tokens: 'tokens',
  output_tokens: 'tokens',
  total_tokens: 'tokens',
};

/** What is left of the tightest limits on requests and on tokens, as OpenAI tells it. */
export function rateHeaders(claims: readonly Claim[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [kind, counter] of tightest(claims)) {
    headers[`x-ratelimit-limit-${kind}`] = String(limitOf(counter));
    headers[`x-ratelimit-remaining-${kind}`] = String(remainingOf(counter));
    if (counter.span.end !== Infinity) headers[`x-ratelimit-reset-${kind}`] = goDuration(counter.span.end - now);
  }
  return headers;
}

/** What is not spent of a counter, as far as this worker knows. */
export function remainingOf({ pool, free, entry }: Counter): number {
  return Math.max(0, Math.floor(pool ? pool.remaining + Math.max(0, free) : entry.limit));
}

function limitOf({ pool, entry }: Counter): number {
  return pool?.limit ?? entry.limit;
}

function tightest(claims: readonly Claim[]): ReadonlyMap<Kind, Counter> {
  const found = new Map<Kind, Counter>();
  for (const { counter } of claims) {
    const kind = KINDS[counter.entry.metric];
    if (!kind) continue;
    const other = found.get(kind);
    if (!other || remainingOf(counter) < remainingOf(other)) found.set(kind, counter);
  }
  return found;
}

/** A duration as Go prints it: `120ms`, `1.5s`, `6m0s`, `2h0m0s`. */
export function goDuration(ms: number): string {
  if (ms <= 0) return '0s';
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(3))}s`;
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${whole % 60}s`;
}
