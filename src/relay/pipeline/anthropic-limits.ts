const KINDS = ['requests', 'tokens'] as const;
const PART = /([\d.]+)(h|ms|m|s)/g;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Says what is left of limits once more, as Anthropic's clients read it: there a window ends at a time. */
export function addAnthropicLimits(headers: Record<string, string>, now: number): void {
  for (const kind of KINDS) {
    const limit = headers[`x-ratelimit-limit-${kind}`];
    if (limit === undefined) continue;
    headers[`anthropic-ratelimit-${kind}-limit`] = limit;
    headers[`anthropic-ratelimit-${kind}-remaining`] = headers[`x-ratelimit-remaining-${kind}`] ?? '0';
    const reset = headers[`x-ratelimit-reset-${kind}`];
    if (reset !== undefined) headers[`anthropic-ratelimit-${kind}-reset`] = timeIn(reset, now);
  }
}

/** When a duration as Go prints it is over, to the second. */
function timeIn(duration: string, now: number): string {
  let ms = now;
  for (const [, amount, unit] of duration.matchAll(PART)) ms += Number(amount) * UNITS[unit!]!;
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
