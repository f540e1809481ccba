import { NO_USAGE } from '../../journal/no-usage.js';
import type { Candidate } from '../../routing/planner.js';
import type { CurrentCredentials } from '../../snapshot/current-credentials.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { InFlight } from '../client/in-flight.js';
import { codeOf } from '../relay.errors.js';
import { collect } from '../upstream/collect.js';
import { isFailure, type AnswerHead } from '../upstream/exchange.js';
import { cutTrouble, failureTrouble, isCallerStatus, statusTrouble } from '../upstream/failures.js';
import type { Translation } from '../translate/translation.js';
import type { AttemptCounts } from '../upstream/attempt-counts.js';
import { noteLimits } from '../upstream/provider-limits.js';
import type { UpstreamClient } from '../upstream/upstream.client.js';
import { UsageRefusals } from '../upstream/usage-refusals.js';
import { endAttempt } from './attempt-end.js';
import { errorCodeIn, failed, isOurs, refusalOf } from './attempt-failed.js';
import { askToGoOn } from './continuation.js';
import { accessTo, beginAttempt, mustFold, type AttemptPlan, type Step } from './attempt.js';
import type { Answering, Call } from './call.js';
import { CallFailure, UpstreamRefusal, type AttemptFailure, type Trouble } from './call-failure.js';
import type { Deliver } from './deliver.js';
import type { Estimator } from './estimator.js';
import { firstStep } from './first-step.js';
import { TargetTurns } from './target-turns.js';
import { hedgeAfterMs, hedgeStep, isInTime, lost, quicker } from './hedge.js';
import { pause } from './pause.js';
import { Recovery } from './recovery.js';

/** Bodies of upstream errors are small; a larger one is not worth its memory. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** What the stage needs of the house. */
export interface DispatchParts {
  readonly upstream: UpstreamClient;
  readonly credentials: CurrentCredentials;
  readonly health: CurrentHealth;
  readonly counts: AttemptCounts;
  readonly deliver: Deliver;
  /** Tells what a call used that was cancelled. */
  readonly estimator: Estimator;
  readonly inFlight: InFlight;
  readonly maxBytesInFlight: number;
}

/**
 * The attempt loop: calls one candidate after the other until one has answered. It repeats nothing once the client has
 * got a byte. What follows from a failure is the table of error classes' to say.
 */
export class Dispatch {
  private readonly refusals = new UsageRefusals();
  private readonly turns: TargetTurns;

  constructor(private readonly parts: DispatchParts) {
    this.turns = new TargetTurns(parts.health);
  }

  /**
   * Resolves once a successful answer was delivered and settled. Throws `UpstreamRefusal` for the caller's mistakes,
   * `CallFailure` for everything else.
   */
  async run(call: Call): Promise<void> {
    const first = firstStep(call, this.parts.health) ?? (await this.turns.wait(call));
    first.health.budget.earn();
    const failure = await this.attempt(call, first);
    if (failure) await this.recover(call, first, failure);
  }

  private async recover(call: Call, first: Step, failed: AttemptFailure): Promise<void> {
    try {
      await this.tryOn(call, first, failed);
    } catch (error) {
      if (!call.cutBy || call.cut === 'gone' || call.ended) throw error;
      await this.parts.deliver.breakOff(call, call.cutBy);
    }
  }

  private async tryOn(call: Call, first: Step, failed: AttemptFailure): Promise<void> {
    const recovery = new Recovery(call, this.parts.health, first);
    let failure: AttemptFailure | undefined = failed;
    let refusal: UpstreamRefusal | undefined;
    while (failure) {
      if (failure instanceof UpstreamRefusal) refusal = failure;
      const step = recovery.next(failure);
      if (!step) throw refusal ?? failure;
      if (step.waitMs > 0) await pause(call, step.waitMs);
      if (call.cut) throw new CallFailure(cutTrouble(step.candidate.provider.name, call.cut));
      this.parts.counts.count(step.kind);
      failure = await this.attempt(call, step);
    }
  }

  /**
   * Makes one attempt; resolves with its failure, or with nothing when the call is done. `mayAsk`: whether the upstream
   * may be asked for usage that the client did not ask for.
   */
  private async attempt(call: Call, step: Step, mayAsk = true): Promise<AttemptFailure | undefined> {
    const asking = call.reservation?.ask(step.candidate);
    if (asking) await this.granted(call, step, asking);
    const begun = this.open(call, step, mayAsk);
    if (begun) return begun;
    const hedgeMs = hedgeAfterMs(call, step);
    const won = hedgeMs === null ? step : await this.hedge(call, step, hedgeMs);
    const answering = call.answering!;
    const head = await answering.exchange.head;
    if (isFailure(head)) return failed(call, answering, failureTrouble(answering.provider.name, head, false));
    noteLimits(answering.health, head.headers);
    if (!isSuccess(head)) return this.refused(call, won, head);
    if (answering.hidesUsage) this.refusals.remember(answering.model.id, 'accepts');
    try {
      await this.parts.deliver.run(call, head);
      return undefined;
    } catch (error) {
      return undelivered(call, error);
    }
  }

  /** Waits until limits of the target's own are leased. Throws `CallFailure` when the call was cut in the meantime. */
  private async granted(call: Call, { candidate, health }: Step, asking: Promise<void>): Promise<void> {
    await asking;
    if (!call.cut) return;
    health.abstain();
    throw new CallFailure(cutTrouble(candidate.provider.name, call.cut));
  }

  /** Sends the call to a candidate: `call.answering` from here on. Returns why it can't be sent. */
  private open(call: Call, step: Step, mayAsk: boolean): CallFailure | undefined {
    const access = accessTo(call, step, this.parts.credentials);
    if ('error' in access) {
      step.health.abstain();
      return new CallFailure(access);
    }
    askToGoOn(call, step.candidate.model, this.parts.inFlight);
    const isFolded = mustFold(call, step, access);
    const isStreamed = isFolded || call.isStreamed;
    const includeUsage = mayAsk && isStreamed && this.asksForUsage(call, step.candidate, access.translation);
    const { driver, authorization, sign, translation } = access; // name by name: to spread it takes longer
    call.answering = this.begin(call, { driver, authorization, sign, translation, step, includeUsage, isFolded });
    return undefined;
  }

  /** Asks a second target when the first is slow, and leaves the quicker one as `call.answering`. */
  private async hedge(call: Call, first: Step, afterMs: number): Promise<Step> {
    const answering = call.answering!;
    if ((await isInTime(answering, afterMs)) || call.cut) return first;
    const second = hedgeStep(call, this.parts.health, first);
    if (!second || this.open(call, second, true)) return first;
    this.parts.counts.count('hedge');
    const rival = call.answering!;
    call.rival = answering;
    const winner = await quicker(answering, rival);
    const loser = winner === rival ? answering : rival;
    call.rival = undefined;
    call.answering = winner;
    const { isPaid, ...trouble } = await lost(loser);
    const usage = isPaid ? await this.parts.estimator.estimate(call, undefined) : NO_USAGE;
    endAttempt(call, loser, { ...trouble, usage, errorCode: codeOf(trouble.error) });
    call.answering = winner;
    const [won, gone] = winner === rival ? [second, first] : [first, second];
    call.reservation?.stayWith(won.candidate, gone.candidate);
    return won;
  }

  private begin(call: Call, plan: AttemptPlan): Answering {
    const { upstream, inFlight } = this.parts;
    try {
      return beginAttempt(call, plan, upstream, inFlight);
    } catch (error) {
      plan.step.health.abstain(); // a body that can't be translated never gets there
      throw error;
    }
  }

  /** Not a success: the caller's own mistake, or the provider's trouble. */
  private async refused(call: Call, step: Step, head: AnswerHead): Promise<AttemptFailure | undefined> {
    const answering = call.answering!;
    const body = await this.errorBody(call, answering);
    if (!Buffer.isBuffer(body)) return failed(call, answering, body);
    const errorClass = answering.driver.classify(head.status, body);
    if (!isCallerStatus(head.status) || isOurs(errorClass)) {
      const trouble = statusTrouble(answering.provider.name, head, errorClass);
      return failed(call, answering, trouble, errorCodeIn(body));
    }
    endAttempt(call, answering, { outcome: 'caller_error', errorCode: errorCodeIn(body), errorClass, usage: NO_USAGE });
    if (this.isAboutUsage(answering, head, body)) return this.withoutUsage(call, step);
    return refusalOf(answering, head, { said: body, errorClass });
  }

  /** Whether it may have been our asking for usage that the upstream did not like. */
  private isAboutUsage({ hidesUsage, model }: Answering, { status }: AnswerHead, body: Buffer): boolean {
    return hidesUsage && (status === 400 || status === 422) && this.refusals.isSuspect(model.id, body);
  }

  private async withoutUsage(call: Call, step: Step): Promise<AttemptFailure | undefined> {
    const failure = await this.attempt(call, { ...step, kind: 'retry' }, false);
    if (!failure) this.refusals.remember(step.candidate.model.id, 'refuses');
    return failure;
  }

  private async errorBody(call: Call, answering: Answering): Promise<Buffer | Trouble> {
    const { inFlight, maxBytesInFlight } = this.parts;
    const body = await collect(answering.exchange, { maxBytes: MAX_ERROR_BYTES, maxBytesInFlight }, inFlight);
    if (!Buffer.isBuffer(body)) return failureTrouble(answering.provider.name, body, true);
    call.heldBytes += body.length;
    return body;
  }

  private asksForUsage({ body, endpoint }: Call, { model }: Candidate, lane: Translation | undefined): boolean {
    if (lane) return lane.asksForUsage && this.refusals.mayAsk(model.id);
    if (body?.asksForUsage) return false;
    const knowsHow = endpoint.dialect === 'openai-chat' || endpoint.operation === 'completion';
    return knowsHow && this.refusals.mayAsk(model.id);
  }
}

/** Nothing is made good once the client has a byte, unless others may go on. */
function undelivered(call: Call, error: unknown): AttemptFailure {
  const { answering, response } = call;
  if (!(error instanceof CallFailure) || !answering) throw error;
  if (response.headersSent && !call.thread) throw error;
  return failed(call, answering, error);
}

function isSuccess({ status }: AnswerHead): boolean {
  return status >= 200 && status < 300;
}
