import type { Claim, Flight, KeptAnswer, KeyedAnswers } from '../../idempotency/keyed-answers.js';
import { bodyDigest } from '../body/body-digest.js';
import type { InFlight } from '../client/in-flight.js';
import { CallerGone } from '../client/read-body.js';
import { idempotencyErrors } from '../idempotency.errors.js';
import { relayErrors } from '../relay.errors.js';
import { sendHead, sendWhole } from './answer.js';
import type { Call } from './call.js';
import { RecordedAnswer, type Recording } from './recorded-answer.js';
import { costSum } from './request-row.js';
import { knownProfile } from './resolve.js';
import type { Settle } from './settle.js';

const KEY_FORM = /^[\x20-\x7e]{1,255}$/;
const RETRY_AFTER_SECONDS = 1;

/** What the stage needs of the house. */
export interface KeyedParts {
  readonly answers: KeyedAnswers;
  readonly settle: Settle;
  readonly inFlight: InFlight;
  /** The largest answer that is kept. */
  readonly maxBytes: number;
}

/**
 * Calls with an Idempotency-Key: the first one goes its way, and what its client gets is kept; each later one, and those
 * that come meanwhile, get the same answer without an upstream.
 */
export class Keyed {
  constructor(private readonly parts: KeyedParts) {}

  /** `work` makes the call and answers it, errors included; it never rejects. */
  async run(call: Call, work: () => Promise<void>): Promise<void> {
    const claim = await this.claim(call);
    if (claim.kind === 'kept') return this.replay(call, claim.answer);
    if (claim.kind !== 'first') throw refusalOf(claim.kind);
    const { flight } = claim;
    if (call.cut) await flight.land({ isFinal: false, answer: undefined });
    stopIfCut(call);
    await this.fly(call, flight, work);
  }

  private async claim(call: Call): Promise<Claim> {
    const { token, body, request, endpoint } = call;
    if (!token || !body) throw new Error('a call is read before its key is looked up');
    const key = String(request.headers['idempotency-key']);
    if (!KEY_FORM.test(key)) throw idempotencyErrors.invalid_idempotency_key();
    stopIfCut(call);
    const waiting = new AbortController();
    call.wake = () => waiting.abort();
    const asked = {
      tenantId: token.tenantId,
      tokenId: token.id,
      key,
      bodyDigest: bodyDigest(`${endpoint.dialect} ${endpoint.operation} ${endpoint.path ?? ''}`, body),
    };
    const claim = await this.parts.answers.claim(asked, waiting.signal);
    call.wake = undefined;
    if (claim.kind !== 'first') stopIfCut(call);
    return claim;
  }

  /** Its client may leave: whoever sends a key will ask again. */
  private async fly(call: Call, flight: Flight, work: () => Promise<void>): Promise<void> {
    const { inFlight, maxBytes } = this.parts;
    const client = call.response;
    call.outlivesClient = true;
    const recorded = new RecordedAnswer(client, {
      maxBytes,
      hold: (bytes) => {
        call.heldBytes += bytes;
        inFlight.hold(bytes);
      },
      overflow: () => {
        call.outlivesClient = false;
        if (client.destroyed) call.end('gone');
      },
    });
    call.response = recorded;
    await work();
    const { recording, isTooLarge } = recorded;
    const isFinal = isDone(call) && (isTooLarge || isWhole(call, recording));
    await flight.land({ isFinal, answer: answerOf(call, recording) });
    await recorded.finish();
  }

  private async replay(call: Call, answer: KeptAnswer): Promise<void> {
    const { settle, inFlight } = this.parts;
    const { status, headers, body, outcome, errorCode, errorMessage, costPicos } = answer;
    call.heldBytes += body.length;
    inFlight.hold(body.length);
    call.requestedModel = call.body?.model ?? null;
    call.profile = knownProfile(call);
    call.served = { from: 'replay', savedPicos: costPicos };
    call.capture?.add(body, headers['content-type'] ?? 'application/json');
    call.firstByteMark = performance.now();
    await settle.run(call, { status, outcome, errorCode, errorMessage });
    if (call.response.destroyed) return;
    sendHead(call, inFlight, status, { ...headers, 'x-waggle-idempotent-replay': 'true' });
    await sendWhole(call.response, body);
  }
}

function stopIfCut({ cut }: Call): void {
  if (cut === 'shutdown') throw relayErrors.shutting_down({ retryAfterSeconds: RETRY_AFTER_SECONDS });
  if (cut) throw new CallerGone();
}

function refusalOf(kind: Exclude<Claim['kind'], 'first' | 'kept'>): Error {
  switch (kind) {
    case 'gone':
      return idempotencyErrors.idempotency_answer_gone();
    case 'reused':
      return idempotencyErrors.idempotency_key_reused();
    case 'locked':
      return relayErrors.vault_locked({ retryAfterSeconds: RETRY_AFTER_SECONDS });
    case 'unavailable':
      return idempotencyErrors.idempotency_unavailable({ retryAfterSeconds: RETRY_AFTER_SECONDS });
    case 'left':
      return new CallerGone();
    default: {
      const exhaustive: never = kind;
      return exhaustive;
    }
  }
}

/** Whether another try would come to the same: an upstream has answered, or has found a mistake of the caller's. */
function isDone({ ended }: Call): boolean {
  return ended?.outcome === 'ok' || ended?.outcome === 'caller_error';
}

/** Whether nothing failed after the call was settled. */
function isWhole({ ended }: Call, recording: Recording | undefined): boolean {
  return recording !== undefined && recording.status === ended?.status;
}

function answerOf({ ended, attempts }: Call, recording: Recording | undefined): KeptAnswer | undefined {
  if (!ended || !recording) return undefined;
  const { outcome, errorCode, errorMessage } = ended;
  return { ...recording, outcome, errorCode, errorMessage, costPicos: costSum(attempts) };
}
