import type { IncomingHttpHeaders } from 'node:http';
import { ProviderLimits, resetMs, type ToldLimit } from '../../snapshot/health/provider-limits.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';

/** The names of one limit's headers. */
interface Names {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const KINDS = ['requests', 'tokens'] as const;
type Kind = (typeof KINDS)[number];

/** As OpenAI and those after it name them, and as Anthropic does. */
const NAMES: Readonly<Record<Kind, readonly [openai: Names, anthropic: Names]>> = {
  requests: [openai('requests'), anthropic('requests')],
  tokens: [openai('tokens'), anthropic('tokens')],
};

function openai(kind: Kind): Names {
  const name = (what: string): string => `x-ratelimit-${what}-${kind}`;
  return { limit: name('limit'), remaining: name('remaining'), reset: name('reset') };
}

function anthropic(kind: Kind): Names {
  const name = (what: string): string => `anthropic-ratelimit-${kind}-${what}`;
  return { limit: name('limit'), remaining: name('remaining'), reset: name('reset') };
}

/** Takes what an answer says of its provider's limits; most say nothing, and cost four look-ups. */
export function noteLimits(health: TargetHealth, headers: IncomingHttpHeaders): void {
  for (const kind of KINDS) {
    const told = toldLimit(headers, NAMES[kind]);
    if (told) (health.limits ??= new ProviderLimits())[kind].note(told, Date.now());
  }
}

/** How long it takes until a limit with nothing left begins anew, in ms; for refusals that don't say. */
export function limitResetMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const spent = KINDS.map((kind) => toldLimit(headers, NAMES[kind])).filter((told) => told?.remaining === 0);
  const resets = spent.flatMap((told) => (told && told.reset !== '' ? [resetMs(told.reset, now)] : []));
  return resets.length > 0 ? Math.max(...resets) : undefined;
}

function toldLimit(headers: IncomingHttpHeaders, names: readonly Names[]): ToldLimit | undefined {
  for (const { limit, remaining, reset } of names) {
    const left = headers[remaining];
    if (typeof left !== 'string') continue;
    const told = {
      limit: Number(headers[limit] ?? Number.NaN),
      remaining: Number(left),
      reset: textOf(headers[reset]),
    };
    return told.remaining >= 0 && told.limit !== 0 ? told : undefined; // some say 0 of 0 where there is no limit
  }
  return undefined;
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
