import { Logger } from '@nestjs/common';
import type { FeedbackRecord } from '../../journal/feedback-record.js';
import type { ClientAddress } from '../client/client-address.js';
import type { InFlight } from '../client/in-flight.js';
import { readBody, type BodyLimits } from '../client/read-body.js';
import { relayErrors } from '../relay.errors.js';
import type { Snapshot, TokenEntry } from '../../snapshot/snapshot.js';
import type { TokenUses } from '../../snapshot/token-uses.js';
import { admit } from './admit.js';
import { sendAnswer } from './answer.js';
import { authenticate } from './authenticate.js';
import type { CallBody } from './call-body.js';
import type { Cached } from './cached.js';
import type { Call } from './call.js';
import type { Captures } from './capture.js';
import { countPrompt, isCountedHere } from './count-prompt.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { Dispatch } from './dispatch.js';
import type { Formats } from './formats.js';
import type { Keyed } from './keyed.js';
import { takeBody } from './take-body.js';
import type { References } from './references.js';
import { Refuse } from './refuse.js';
import type { Reserve } from './reserve.js';
import { resolve, type Planning } from './resolve.js';
import { takeEnvelope } from './take-envelope.js';
import { takeDirectives } from './take-directives.js';
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

const JSON_TYPE = { 'content-type': 'application/json' };
const ACCEPTED = Buffer.from('{"object":"feedback"}');

/** The way of a call, stage by stage. Whatever happens, the client gets an answer and the ledger its row. */
export class Pipeline {
  private readonly logger = new Logger(Pipeline.name);
  private readonly refuse: Refuse;

  constructor(private readonly parts: PipelineParts) {
    this.refuse = new Refuse(parts.settle, parts.inFlight);
  }

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
      await sendAnswer(call, this.parts.inFlight, { status: 200, headers: { ...JSON_TYPE }, body });
    });
  }

  /** Files what a client tells us; it is safe when the client hears so. */
  file(call: Call, toRecord: (body: CallBody, token: TokenEntry) => FeedbackRecord): Promise<void> {
    return this.guarded(call, async () => {
      const { journal, bodyLimits, inFlight } = this.parts;
      if (!journal.isAccepting()) throw relayErrors.ledger_unavailable({ retryAfterSeconds: 5 });
      const token = this.caller(call);
      const reading = readBody(call.request, bodyLimits, inFlight);
      await reading.ended;
      const unpacking = takeBody(call, reading.whole(), bodyLimits, inFlight);
      if (unpacking) await unpacking;
      await journal.append({ request: null, attempts: [], feedback: toRecord(call.body!, token) });
      await sendAnswer(call, inFlight, { status: 202, headers: { ...JSON_TYPE }, body: ACCEPTED });
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
      if (call.isBackground) this.parts.references.release(call);
      inFlight.release(call.heldBytes);
      inFlight.leave(call);
    }
  }

  private async stages(call: Call): Promise<void> {
    const { parts } = this;
    const { bodyLimits, inFlight } = parts;
    if (!parts.journal.isAccepting()) throw relayErrors.ledger_unavailable({ retryAfterSeconds: 5 });
    this.caller(call);
    call.capture = parts.captures.begin(call);
    const reading = readBody(call.request, bodyLimits, inFlight);
    await reading.ended;
    const unpacking = takeBody(call, reading.whole(), bodyLimits, inFlight);
    if (unpacking) await unpacking;
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
    const headers = { ...JSON_TYPE, 'x-waggle-loss': 'token_count' };
    await sendAnswer(call, this.parts.inFlight, { status: 200, headers, body });
  }

  private caller(call: Call): TokenEntry {
    call.clientAddress = this.parts.address.of(call.request);
    const token = authenticate(call);
    admit(call, token);
    this.parts.tokenUses.note(token.id, call.startedAt);
    return token;
  }

  private fail(call: Call, error: unknown): Promise<void> {
    return this.refuse.run(call, error).catch((failure: unknown) => this.breakOff(call, failure));
  }

  private breakOff(call: Call, failure: unknown): void {
    this.logger.error(failure);
    call.response.destroy();
  }
}
