import type { Counter } from './counter.js';
import type { Claim } from './lease-book.js';

/**
 * Adds what is left of the tightest limits on requests and on tokens, as OpenAI tells it. Names are written out, since
 * to store under a name that was put together takes as long as all the rest.
 */
export function addRateHeaders(headers: Record<string, string>, claims: readonly Claim[], now: number): void {
  let requests: Counter | undefined;
  let tokens: Counter | undefined;
  for (const { counter } of claims) {
    const { metric } = counter.entry;
    if (metric === 'requests') requests = tighter(requests, counter);
    else if (IN_TOKENS.has(metric)) tokens = tighter(tokens, counter);
  }
  if (requests) {
    headers['x-ratelimit-limit-requests'] = limitOf(requests);
    headers['x-ratelimit-remaining-requests'] = String(remainingOf(requests));
    if (requests.span.end !== Infinity) headers['x-ratelimit-reset-requests'] = goDuration(requests.span.end - now);
  }
  if (tokens) {
    headers['x-ratelimit-limit-tokens'] = limitOf(tokens);
    headers['x-ratelimit-remaining-tokens'] = String(remainingOf(tokens));
    if (tokens.span.end !== Infinity) headers['x-ratelimit-reset-tokens'] = goDuration(tokens.span.end - now);
  }
}

/** What is not spent of a counter, as far as this worker knows. */
export function remainingOf({ pool, free, entry }: Counter): number {
  return Math.max(0, Math.floor(pool ? pool.remaining + Math.max(0, free) : entry.limit));
}

const IN_TOKENS: ReadonlySet<string> = new Set(['input_tokens', 'output_tokens', 'total_tokens']);

function tighter(known: Counter | undefined, counter: Counter): Counter {
  return !known || remainingOf(counter) < remainingOf(known) ? counter : known;
}

function limitOf({ pool, entry }: Counter): string {
  return String(pool?.limit ?? entry.limit);
}

/** A duration as Go prints it: `120ms`, `1.5s`, `6m0s`, `2h0m0s`. */
export function goDuration(ms: number): string {
  if (ms <= 0) return '0s';
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  if (ms < 60_000) return `${Math.round(ms) / 1000}s`;
  const whole = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${whole % 60}s`;
}
