import type { Outcome } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { Candidate } from '../../routing/planner.js';
import type { CurrentCredentials } from '../../snapshot/current-credentials.js';
import type { InFlight } from '../client/in-flight.js';
import { codeOf } from '../relay.errors.js';
import { errorType, safeHeaders } from '../upstream/answer-headers.js';
import { collect } from '../upstream/collect.js';
import { isFailure, type AnswerHead, type ExchangeFailure } from '../upstream/exchange.js';
import { cutTrouble, failureTrouble, isCallerStatus, statusTrouble } from '../upstream/failures.js';
import type { Translation } from '../translate/translation.js';
import type { UpstreamClient } from '../upstream/upstream.client.js';
import type { UsageRefusals } from '../upstream/usage-refusals.js';
import { AttemptRow } from './attempt-row.js';
import { accessTo, beginAttempt } from './attempt.js';
import type { Answering, Call } from './call.js';
import { CallFailure, UpstreamRefusal, type Trouble } from './call-failure.js';

/** Bodies of upstream errors are small; a larger one is not worth its memory. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** What the stage needs of the house. */
export interface DispatchParts {
  readonly upstream: UpstreamClient;
  readonly credentials: CurrentCredentials;
  readonly refusals: UsageRefusals;
  readonly inFlight: InFlight;
  readonly maxBytesInFlight: number;
}

/** The attempt loop: calls one candidate after the other until an upstream has the call. Nothing is paid for twice. */
export class Dispatch {
  constructor(private readonly parts: DispatchParts) {}

  /**
   * Resolves with the head of a successful answer, whose exchange is `call.answering`. Throws `UpstreamRefusal` for the
   * caller's mistakes, `CallFailure` for everything else.
   */
  async run(call: Call): Promise<AnswerHead> {
    let trouble: Trouble | undefined;
    for (const candidate of call.candidates) {
      if (call.cut) throw new CallFailure(cutTrouble(candidate.provider.name, call.cut));
      const result = await this.attempt(call, candidate, true);
      if ('status' in result) return result;
      trouble = result; // this one was surely never reached: the next may have the call
    }
    if (!trouble) throw new Error('a resolved call has candidates');
    throw new CallFailure(trouble);
  }

  /** `mayAsk`: whether the upstream may be asked for usage that the client did not ask for. */
  private async attempt(call: Call, candidate: Candidate, mayAsk: boolean): Promise<AnswerHead | Trouble> {
    const access = accessTo(call, candidate, this.parts.credentials);
    if ('error' in access) return access;
    const includeUsage = mayAsk && this.asksForUsage(call, candidate, access.translation);
    const { upstream, inFlight } = this.parts;
    const answering = beginAttempt(call, { ...access, candidate, includeUsage }, upstream, inFlight);
    call.answering = answering;
    const head = await answering.exchange.head;
    if (isFailure(head)) return this.failed(call, answering, head);
    if (head.status >= 200 && head.status < 300) {
      if (includeUsage) this.parts.refusals.remember(candidate.model.id, 'accepts');
      return head;
    }
    if (isCallerStatus(head.status)) return this.refused(call, candidate, head);
    const body = await this.errorBody(call, answering);
    const trouble = statusTrouble(candidate.provider.name, head);
    record(call, answering, trouble.outcome, errorCodeIn(body) ?? codeOf(trouble.error));
    throw new CallFailure(trouble);
  }

  /** Only a call that was never put on a connection may go elsewhere. */
  private failed(call: Call, answering: Answering, failure: ExchangeFailure): Trouble {
    const trouble = failureTrouble(answering.provider.name, failure, false);
    record(call, answering, trouble.outcome, codeOf(trouble.error));
    if (failure.wasSent || failure.cut !== undefined) throw new CallFailure(trouble);
    return trouble;
  }

  /** The caller's own mistake, unless it was our asking for usage that the upstream did not like. */
  private async refused(call: Call, candidate: Candidate, head: AnswerHead): Promise<AnswerHead | Trouble> {
    const answering = call.answering!;
    const body = await this.errorBody(call, answering);
    record(call, answering, 'caller_error', errorCodeIn(body));
    const { refusals } = this.parts;
    const isOurs = answering.hidesUsage && (head.status === 400 || head.status === 422);
    if (!isOurs || !refusals.isSuspect(candidate.model.id, body)) {
      throw refusalOf(answering, head, body);
    }
    const second = await this.attempt(call, candidate, false);
    if ('status' in second) refusals.remember(candidate.model.id, 'refuses');
    return second;
  }

  private async errorBody(call: Call, answering: Answering): Promise<Buffer> {
    const { inFlight, maxBytesInFlight } = this.parts;
    const body = await collect(answering.exchange, { maxBytes: MAX_ERROR_BYTES, maxBytesInFlight }, inFlight);
    if (Buffer.isBuffer(body)) {
      call.heldBytes += body.length;
      return body;
    }
    const trouble = failureTrouble(answering.provider.name, body, true);
    record(call, answering, trouble.outcome, codeOf(trouble.error));
    throw new CallFailure(trouble);
  }

  private asksForUsage({ body, operation }: Call, { model }: Candidate, lane: Translation | undefined): boolean {
    if (!body?.isStreamed) return false;
    if (lane) return lane.asksForUsage && this.parts.refusals.mayAsk(model.id);
    if (body.asksForUsage) return false;
    return (operation === 'chat' || operation === 'completion') && this.parts.refusals.mayAsk(model.id);
  }
}

/** Files an attempt that brought no answer. */
function record(call: Call, answering: Answering, outcome: Outcome, errorCode: string | null): void {
  call.attempts.push(new AttemptRow(call, answering, { outcome, errorCode, usage: NO_USAGE }));
  call.answering = undefined;
}

/** What the caller did wrong, in words of its own dialect. */
function refusalOf({ translated }: Answering, { status, headers }: AnswerHead, body: Buffer): UpstreamRefusal {
  const refusal = translated?.translation.refusal(status, body);
  return new UpstreamRefusal(status, { ...safeHeaders(headers), ...errorType(headers) }, refusal ?? body);
}

/** The code inside an upstream's error, for our ledger only. */
function errorCodeIn(body: Buffer): string | null {
  const match = /"code"\s*:\s*"([\w.-]{1,100})"/.exec(body.toString('latin1', 0, 4096));
  return match?.[1] ?? null;
}
