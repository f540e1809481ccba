import { Logger } from '@nestjs/common';
import type { FeedbackRecord } from '../../journal/feedback-record.js';
import { AppError } from '../../common/errors/app-error.js';
import type { ClientAddress } from '../client/client-address.js';
import type { InFlight } from '../client/in-flight.js';
import { CallerGone, type BodyLimits } from '../client/read-body.js';
import { errorBody, shownError, type ClientError } from '../client-error.js';
import { errorHeaders, relayErrors } from '../relay.errors.js';
import type { Snapshot, TokenEntry } from '../../snapshot/snapshot.js';
import type { TokenUses } from '../../snapshot/token-uses.js';
import { ERROR_CLASSES } from '../upstream/error-classes.js';
import { admit } from './admit.js';
import { sendHead, sendWhole } from './answer.js';
import { authenticate } from './authenticate.js';
import type { CallBody } from './call-body.js';
import type { Cached } from './cached.js';
import type { Call } from './call.js';
import type { Captures } from './capture.js';
import { countPrompt, isCountedHere } from './count-prompt.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { CallFailure, UpstreamRefusal } from './call-failure.js';
import type { Dispatch } from './dispatch.js';
import type { Formats } from './formats.js';
import type { Keyed } from './keyed.js';
import { read } from './read.js';
import type { References } from './references.js';
import type { Reserve } from './reserve.js';
import { resolve, type Planning } from './resolve.js';
import { takeEnvelope } from './take-envelope.js';
import { takeDirectives } from './take-directives.js';
import type { CallEnd } from './call-end.js';
import type { EntryJournal, Settle } from './settle.js';

/** What the pipeline is made of. */
export interface PipelineParts {
  readonly address: ClientAddress;
  readonly bodyLimits: BodyLimits;
  readonly planning: Planning;
  readonly reserve: Reserve;
  readonly dispatch: Dispatch;
  readonly settle: Settle;
  readonly journal: EntryJournal;
  readonly inFlight: InFlight;
  readonly tokenUses: TokenUses;
  readonly captures: Captures;
  readonly counter: Pick<TokenCounter, 'count'>;
  readonly keyed: Keyed;
  readonly cached: Cached;
  readonly formats: Pick<Formats, 'prepare'>;
  readonly references: References;
}

const CLIENT_LEFT = 499;
const ACCEPTED = Buffer.from('{"object":"feedback"}');

/** The way of a call, stage by stage. Whatever happens, the client gets an answer and the ledger its row. */
export class Pipeline {
  private readonly logger = new Logger(Pipeline.name);

  constructor(private readonly parts: PipelineParts) {}

  /** Passes a call on to an upstream. Never rejects. */
  run(call: Call): Promise<void> {
    return this.guarded(call, () => this.stages(call));
  }

  /** Passes a call without a body on to the provider that keeps a response. */
  reach(call: Call, responseId: string): Promise<void> {
    return this.guarded(call, async () => {
      const { journal, captures, references, dispatch } = this.parts;
      if (!journal.isAccepting()) throw relayErrors.ledger_unavailable({ retryAfterSeconds: 5 });
      this.caller(call);
      call.capture = captures.begin(call);
      call.request.resume();
      await references.reach(call, responseId);
      await dispatch.run(call);
      if (call.endpoint.method === 'DELETE' && call.ended?.outcome === 'ok') await references.forget(call, responseId);
    });
  }

  /** Answers a call by ourselves. Such calls use nothing and leave a row only when refused. */
  answer(call: Call, make: (snapshot: Snapshot, token: TokenEntry) => object | Promise<object>): Promise<void> {
    return this.guarded(call, async () => {
      const token = this.caller(call);
      const body = Buffer.from(JSON.stringify(await make(call.snapshot, token)));
      await this.send(call, 200, { 'content-type': 'application/json' }, body);
    });
  }

  /** Files what a client tells us; it is safe when the client hears so. */
  file(call: Call, toRecord: (body: CallBody, token: TokenEntry) => FeedbackRecord): Promise<void> {
    return this.guarded(call, async () => {
      const { journal, bodyLimits, inFlight } = this.parts;
      if (!journal.isAccepting()) throw relayErrors.ledger_unavailable({ retryAfterSeconds: 5 });
      const token = this.caller(call);
      await read(call, bodyLimits, inFlight);
      await journal.append({ request: null, attempts: [], feedback: toRecord(call.body!, token) });
      await this.send(call, 202, { 'content-type': 'application/json' }, ACCEPTED);
    });
  }

  private async guarded(call: Call, work: () => Promise<void>): Promise<void> {
    const { inFlight } = this.parts;
    inFlight.enter(call);
    call.response.on('close', () => call.response.writableFinished || call.end('gone'));
    try {
      await work();
    } catch (error) {
      await this.fail(call, error);
    } finally {
      call.reservation?.settle(call.attempts);
      inFlight.release(call.heldBytes);
      inFlight.leave(call);
    }
  }

  private async stages(call: Call): Promise<void> {
    const { parts } = this;
    if (!parts.journal.isAccepting()) throw relayErrors.ledger_unavailable({ retryAfterSeconds: 5 });
    this.caller(call);
    call.capture = parts.captures.begin(call);
    await read(call, parts.bodyLimits, parts.inFlight);
    if (call.request.headers['idempotency-key'] === undefined) await this.route(call);
    else await parts.keyed.run(call, () => this.answered(call));
  }

  /** Makes a call that stands by itself, and answers it. Never rejects. */
  private async answered(call: Call): Promise<void> {
    try {
      await this.route(call);
    } catch (error) {
      await this.fail(call, error);
    }
  }

  /** Not async: one frame less on the way of each call. */
  private route(call: Call): Promise<void> {
    return call.endpoint.isEnvelope ? this.enveloped(call) : this.opened(call);
  }

  private async enveloped(call: Call): Promise<void> {
    takeEnvelope(call, this.parts.inFlight);
    if (call.format) await this.parts.formats.prepare(call.format);
    await this.opened(call);
  }

  private opened(call: Call): Promise<void> {
    const { parts } = this;
    if (call.token?.allowsDirectives) takeDirectives(call, parts.inFlight);
    resolve(call, parts.planning);
    if (isCountedHere(call)) return this.count(call);
    const waiting = parts.references.follow(call);
    return waiting ? waiting.then(() => this.passOn(call)) : this.passOn(call);
  }

  private passOn(call: Call): Promise<void> {
    const { parts } = this;
    if (call.profile?.cacheSeconds) return parts.cached.run(call, () => this.forward(call));
    return this.forward(call);
  }

  private forward(call: Call): Promise<void> {
    const { parts } = this;
    const waiting = parts.reserve.run(call);
    return waiting ? waiting.then(() => parts.dispatch.run(call)) : parts.dispatch.run(call);
  }

  /** Counts a prompt for a client whose upstream has no way to ask it to. */
  private async count(call: Call): Promise<void> {
    const body = Buffer.from(JSON.stringify(await countPrompt(call, this.parts.counter)));
    await this.parts.settle.run(call, { status: 200, outcome: 'ok', errorCode: null, errorMessage: null });
    await this.send(call, 200, { 'content-type': 'application/json', 'x-waggle-loss': 'token_count' }, body);
  }

  private caller(call: Call): TokenEntry {
    call.clientAddress = this.parts.address.of(call.request);
    const token = authenticate(call);
    admit(call, token);
    this.parts.tokenUses.note(token.id, call.startedAt);
    return token;
  }

  private fail(call: Call, error: unknown): Promise<void> {
    return this.refuse(call, error).catch((failure: unknown) => this.breakOff(call, failure));
  }

  /** Puts a failed call on record and then says so, if anybody is left to hear it. */
  private async refuse(call: Call, error: unknown): Promise<void> {
    if (call.cut === 'gone' || error instanceof CallerGone) {
      return this.parts.settle.run(call, left());
    }
    const { response } = call;
    if (error instanceof UpstreamRefusal) {
      return this.handBack(call, error);
    }
    const end = this.endOf(call, error);
    await this.record(call, end);
    if (response.headersSent) return void response.destroy();
    const shown = error instanceof CallFailure ? error.error : error;
    const headers = { ...errorHeaders(shown), ...retryHint(error), 'content-type': 'application/json' };
    await this.send(call, end.status, headers, bodyOf(call, shownError(call.endpoint.dialect, shown)));
  }

  /** What an upstream says of the caller's mistake goes back as it is, or in words of the caller's dialect. */
  private async handBack(call: Call, { status, headers, body: said }: UpstreamRefusal): Promise<void> {
    const body = Buffer.isBuffer(said) ? said : bodyOf(call, said);
    const type = Buffer.isBuffer(said) ? (headers['content-type'] ?? 'application/json') : 'application/json';
    call.capture?.add(body, type);
    await this.record(call, { status, outcome: 'caller_error', errorCode: null, errorMessage: null });
    return this.send(call, status, { ...headers, 'content-type': type }, body);
  }

  private endOf(call: Call, error: unknown): CallEnd {
    const known = error instanceof CallFailure ? error.error : error;
    if (!(known instanceof AppError)) this.logger.error(error);
    const { status, code, message } = shownError(call.endpoint.dialect, known);
    const outcome = error instanceof CallFailure ? error.outcome : known instanceof AppError ? 'rejected' : 'internal';
    const told = { status, outcome, errorCode: code, errorMessage: message };
    return error instanceof CallFailure ? { ...told, errorClass: error.errorClass } : told;
  }

  /** A row that can't be written must not keep the caller from its answer: nothing was delivered for it. */
  private async record(call: Call, end: CallEnd): Promise<void> {
    await this.parts.settle.run(call, end).catch((error: unknown) => this.logger.error(error));
  }

  private async send(call: Call, status: number, headers: Record<string, string>, body: Buffer): Promise<void> {
    if (call.response.destroyed) return;
    call.firstByteMark = performance.now();
    sendHead(call, this.parts.inFlight, status, { ...headers, 'content-length': String(body.length) });
    await sendWhole(call.response, body);
  }

  private breakOff(call: Call, failure: unknown): void {
    this.logger.error(failure);
    call.response.destroy();
  }
}

/** What SDKs obey: whether another try of theirs may have more luck than ours had. */
function retryHint(error: unknown): Record<string, string> {
  const advice = error instanceof CallFailure ? ERROR_CLASSES[error.errorClass].clientRetry : null;
  return advice === null ? {} : { 'x-should-retry': String(advice) };
}

function bodyOf(call: Call, error: ClientError): Buffer {
  return Buffer.from(JSON.stringify(errorBody(call.endpoint.dialect, error, call.requestId)));
}

function left(): CallEnd {
  return { status: CLIENT_LEFT, outcome: 'cancelled', errorCode: null, errorMessage: null };
}
