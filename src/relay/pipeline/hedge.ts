import { classOfStatus } from '../../providers/drivers/error-class.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import { isEventStream } from '../upstream/answer-headers.js';
import { isFailure } from '../upstream/exchange.js';
import { cutTrouble, failureTrouble, statusTrouble } from '../upstream/failures.js';
import type { Step } from './attempt.js';
import type { Answering, Call } from './call.js';
import type { Trouble } from './call-failure.js';

/**
 * How long a first attempt may be silent before a second target is asked; `null`: for ever. What is made in the background
 * would go on being made at both.
 */
export function hedgeAfterMs({ profile, isBackground }: Call, { kind }: Step): number | null {
  return kind === 'first' && profile?.attempts && !isBackground ? profile.attempts.hedgeAfterMs : null;
}

/** A second target for a call whose first is slow; it costs retry budget, since it is a call more than there would be. */
export function hedgeStep(call: Call, health: CurrentHealth, first: Step): Step | undefined {
  const now = Date.now();
  for (const candidate of call.candidates) {
    if (candidate.model.id === first.candidate.model.id) continue;
    const target = health.target(candidate.provider.id, candidate.model.id);
    if (target.state === 'half_open' || !target.admit(now)) continue; // a trial is no help in need
    if (!target.budget.spend()) return undefined;
    const totalMs = Math.min(candidate.provider.timeouts.totalMs, first.totalMs ?? Number.POSITIVE_INFINITY);
    return { kind: 'hedge', candidate, health: target, waitMs: 0, totalMs };
  }
  return undefined;
}

/** Whether an answer begins, or fails, in time. */
export async function isInTime(answering: Answering, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void begins(answering).then(() => resolve(true));
  const isQuick = await promise;
  clearTimeout(timer);
  return isQuick;
}

/** The one that begins to answer first; the first of them when neither does. */
export async function quicker(first: Answering, second: Answering): Promise<Answering> {
  const { promise, resolve } = Promise.withResolvers<Answering>();
  const runs = [first, second].map(async (each) => {
    if (await begins(each)) resolve(each);
  });
  void Promise.all(runs).then(() => resolve(first));
  return promise;
}

/** How the slower one came out: cancelled now, unless it had failed before. */
export async function lost({ exchange, provider: { name } }: Answering): Promise<Trouble & { isPaid: boolean }> {
  exchange.cut('lingering');
  const head = await exchange.head;
  if (isFailure(head)) {
    const trouble = failureTrouble(name, head, false);
    return { ...trouble, isPaid: trouble.outcome === 'cancelled' && head.wasSent };
  }
  if (isSuccess(head.status)) return { ...cutTrouble(name, 'lingering'), isPaid: true };
  return { ...statusTrouble(name, head, classOfStatus(head.status)), isPaid: false };
}

/** Resolves with whether an answer begins that can be used: a stream does with its first bytes. */
async function begins({ exchange }: Answering): Promise<boolean> {
  const head = await exchange.head;
  if (isFailure(head) || !isSuccess(head.status)) return false;
  return !isEventStream(head.headers) || exchange.firstBytes();
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
