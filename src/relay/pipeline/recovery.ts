import type { Candidate } from '../../routing/planner.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import { ERROR_CLASSES } from '../upstream/error-classes.js';
import type { Step } from './attempt.js';
import type { Call } from './call.js';
import type { AttemptFailure } from './call-failure.js';
import { clampFor } from './clamp.js';
import { CutAnswer, restOfMaximum } from './continuation.js';
import { UnfitAnswer } from './unfit-answer.js';

/** Upstream calls for one client call, in all. */
const MAX_ATTEMPTS = 6;
/** Of those, how many may go to a target that was tried before. */
const MAX_RETRIES = 1;
/** A retry waits a random part of this; longer only if the upstream asked for it. */
const PAUSE_MS = 250;
/** Who is asked to wait longer than this tells its client instead. */
const LONGEST_PAUSE_MS = 2000;

const STREAM_ONLY = /"code"\s*:\s*"streaming_required"/;
const HOUSE = { totalMs: null, maxAttempts: null };

/** Decides what to do about the failed attempts of a call, by the table of error classes. Made for the first failure. */
export class Recovery {
  private readonly untried: Candidate[];
  private readonly endsAt: number;
  private readonly maxAttempts: number;
  private last: Step;
  private retries = 0;
  private hasClamped = false;
  private hasFolded = false;

  constructor(
    private readonly call: Call,
    private readonly health: CurrentHealth,
    first: Step,
    private readonly random: () => number = Math.random,
  ) {
    this.last = first;
    const tried = new Set(call.attempts.map((attempt) => attempt.model_id)).add(first.candidate.model.id);
    this.untried = call.candidates.filter(({ model }) => !tried.has(model.id));
    const { totalMs, maxAttempts } = call.profile?.attempts ?? HOUSE;
    this.endsAt = call.startedMark + (totalMs ?? first.candidate.provider.timeouts.totalMs);
    this.maxAttempts = maxAttempts ?? MAX_ATTEMPTS;
  }

  /** The next attempt, if there shall be one. */
  next(failure: AttemptFailure): Step | undefined {
    const { call } = this;
    if (call.cut || call.attempts.length >= this.maxAttempts) return undefined;
    const leftMs = this.endsAt - performance.now();
    if (leftMs <= 0) return undefined;
    const step =
      this.resumed(failure) ??
      this.repaired(failure) ??
      this.folded(failure) ??
      this.clamped(failure) ??
      this.another(failure) ??
      this.again(failure, leftMs);
    if (!step) return undefined;
    const totalMs = Math.min(step.candidate.provider.timeouts.totalMs, leftMs - step.waitMs);
    return (this.last = { ...step, ...this.resuming(), totalMs });
  }

  /** The same target, to go on with its own stream, when no other is left. */
  private resumed(failure: AttemptFailure): Step | undefined {
    if (!(failure instanceof CutAnswer)) return undefined;
    const { candidate, health } = this.last;
    const other = this.another(failure);
    if (other || health.isDown || !health.budget.spend()) return other;
    return { kind: 'continuation', candidate, health, waitMs: this.random() * PAUSE_MS };
  }

  /** What all attempts have in common that go on with a stream. */
  private resuming(): Pick<Step, 'kind' | 'clamp'> | undefined {
    const { thread, asked, body } = this.call;
    if (!thread?.cuts) return undefined;
    const clamp = restOfMaximum(asked ?? body, thread);
    return clamp ? { kind: 'continuation', clamp } : { kind: 'continuation' };
  }

  /** The same target, told what is wrong with its answer. */
  private repaired(failure: AttemptFailure): Step | undefined {
    if (!(failure instanceof UnfitAnswer) || !failure.isAskedAgain) return undefined;
    return { ...this.last, kind: 'repair', waitMs: 0 };
  }

  /** The same target, asked for a stream, since it has said that it gives nothing else. */
  private folded(failure: AttemptFailure): Step | undefined {
    if (
      this.hasFolded ||
      this.call.isStreamed ||
      !('said' in failure) ||
      !STREAM_ONLY.test(failure.said.toString('latin1'))
    ) {
      return undefined;
    }
    this.hasFolded = true;
    const { candidate, health } = this.last;
    return { kind: 'retry', candidate, health, waitMs: 0, folds: true };
  }

  /** The same target with less room for its answer. */
  private clamped(failure: AttemptFailure): Step | undefined {
    if (failure.errorClass !== 'context_overflow' || this.hasClamped || !('said' in failure)) return undefined;
    const clamp = clampFor(this.call.body, failure.said);
    if (!clamp) return undefined;
    this.hasClamped = true;
    const { candidate, health } = this.last;
    return { kind: 'clamped', candidate, health, waitMs: 0, clamp };
  }

  private another({ errorClass }: AttemptFailure): Step | undefined {
    const { others } = ERROR_CLASSES[errorClass];
    if (others === 'none') return undefined;
    const window = this.last.candidate.model.contextWindow ?? Number.POSITIVE_INFINITY;
    const isFit = ({ model }: Candidate): boolean => others === 'any' || (model.contextWindow ?? 0) > window;
    const now = Date.now();
    return this.take(isFit, (each) => each.admit(now)) ?? this.take(isFit, (each) => each.askedWaitMs(now) === 0);
  }

  /** Takes the first that fits and is admitted off the list. */
  private take(
    isFit: (candidate: Candidate) => boolean,
    isAdmitted: (health: Step['health']) => boolean,
  ): Step | undefined {
    for (const [index, candidate] of this.untried.entries()) {
      if (!isFit(candidate)) continue;
      const health = this.health.target(candidate.provider.id, candidate.model.id);
      if (!isAdmitted(health)) continue;
      this.untried.splice(index, 1);
      return { kind: 'failover', candidate, health, waitMs: 0 };
    }
    return undefined;
  }

  /** The last target once more; not one that is known to be down. */
  private again({ errorClass, retryAfterMs }: AttemptFailure, leftMs: number): Step | undefined {
    const { candidate, health } = this.last;
    if (!ERROR_CLASSES[errorClass].again || this.retries >= MAX_RETRIES) return undefined;
    const waitMs = retryAfterMs ?? this.random() * PAUSE_MS;
    if (waitMs > LONGEST_PAUSE_MS || waitMs >= leftMs || health.isDown || !health.budget.spend()) return undefined;
    this.retries++;
    return { kind: 'retry', candidate, health, waitMs };
  }
}
