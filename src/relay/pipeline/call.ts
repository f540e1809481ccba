import type { IncomingMessage } from 'node:http';
import { newId } from '../../common/ids.js';
import type { KeptResponseRecord } from '../../journal/kept-response-record.js';
import type { AttemptKind, AttemptRecord, LedgerUsage, Outcome } from '../../journal/ledger-record.js';
import type { Dialect, Driver } from '../../providers/drivers/driver.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import type { Hints } from '../../routing/features.js';
import type { BodyFeatures } from '../../routing/body-features.js';
import type { Candidate, Plan } from '../../routing/planner.js';
import type { AllowanceEntry } from '../../snapshot/allowances.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';
import type {
  ModelEntry,
  Operation,
  ProfileEntry,
  ProviderEntry,
  Snapshot,
  TokenEntry,
} from '../../snapshot/snapshot.js';
import type { Cuttable } from '../client/in-flight.js';
import { continueTrace, type TraceContext } from '../client/trace-context.js';
import type { CutReason, Exchange } from '../upstream/exchange.js';
import type { ToolNames } from '../quirks/plain-names.js';
import type { Notes } from '../translate/notes.js';
import type { Translation, TranslationContext } from '../translate/translation.js';
import type { CallBody } from './call-body.js';
import type { ChatThread } from '../thread/chat-thread.js';
import type { CallFailure } from './call-failure.js';
import type { CallEnd } from './call-end.js';
import type { CallFormat } from './call-format.js';
import type { ClientAnswer } from './client-answer.js';
import type { Reservation } from './reservation.js';
import type { Unfinished } from './unfinished-answer.js';
import type { WorstCase } from './worst-case.js';

/** What a route says about the calls that it takes. */
export interface Endpoint {
  /** `null` for a call that we answer ourselves. */
  readonly operation: Operation | null;
  /** What the client speaks. */
  readonly dialect: Dialect;
  /** Below the provider's base path, when it isn't the operation's usual one. */
  readonly path?: string;
  /** Whether the query goes to an upstream of the same dialect. */
  readonly forwardsQuery?: boolean;
  /** Whether the call generates nothing and is billed by nobody. */
  readonly isFree?: boolean;
  /** Whether the body comes in an envelope with wishes. */
  readonly isEnvelope?: boolean;
  /** Of a call that has no body; all others are POSTs. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** What comes behind the operation's path. */
  readonly below?: string;
}

/** One client call on its way through the pipeline. Each stage fills in its part, and only its part. */
export class Call implements Cuttable {
  /** Where it stands among the calls in flight. */
  place = -1;
  readonly id = newId();
  readonly startedAt = Date.now();
  readonly startedMark = performance.now();
  readonly trace: TraceContext | undefined;

  /** authenticate */
  clientAddress: string | null = null;
  token: TokenEntry | undefined;
  /** What is kept of it; `undefined` in a project that keeps nothing. */
  capture: Capture | undefined;
  /** read */
  body: CallBody | undefined;
  heldBytes = 0;
  /** What the prompt itself asked of the gateway, for a token that allows that. */
  directed: Hints | undefined;
  /** What its answer shall look like, for a call that says so. */
  format: CallFormat | undefined;
  /** resolve */
  requestedModel: string | null = null;
  profile: ProfileEntry | undefined;
  candidates: readonly Candidate[] = [];
  /** What was chosen from, where there was a choice. */
  choice: { readonly plan: Plan; readonly features: BodyFeatures } | undefined;
  /** The response that it is about, if that may still be made; known when it is the provider's that keeps it. */
  watched: KeptResponseRecord | undefined;
  /** Whether it asks for a response that is made after it. */
  isBackground = false;
  /** reserve; `undefined` when no allowance matches */
  reservation: Reservation | undefined;
  worstCase: WorstCase | undefined;
  /** How many tokens the answer may have, where only an allowance says so. */
  outputCap: number | undefined;
  /** The allowance that lets no answer grow beyond what was set aside for it. */
  outputHolder: AllowanceEntry | undefined;
  /** dispatch */
  readonly attempts: AttemptRecord[] = [];
  answering: Answering | undefined;
  /** The other of two upstream calls, while both are under way. */
  rival: Answering | undefined;
  /** What could not be carried over to the upstream that answers; `undefined` when there is nothing to tell. */
  notes: Notes | undefined;
  /** The tools that go by another name at the upstream that is called; `undefined` for most calls. */
  toolNames: ToolNames | undefined;
  /** What the client has of a stream that others may go on with. */
  thread: ChatThread | undefined;
  /** How it broke off last. */
  cutBy: CallFailure | undefined;
  /** What the client sent, when the body is another by now. */
  asked: CallBody | undefined;
  /** deliver */
  firstByteMark: number | undefined;
  /** What the answer was taken from instead of an upstream. */
  served: Served | undefined;
  /** What the cache had for it; `undefined` when its profile has none. */
  cacheState: 'hit' | 'miss' | 'bypass' | undefined;
  /** The id of the answer, if its provider keeps it. */
  keptId: string | undefined;
  /** The same while its provider still makes it: what it used is known later. */
  unfinished: Unfinished | undefined;
  /** settle */
  ended: CallEnd | undefined;
  /** Whether it goes on when its client leaves, since that will ask again. */
  outlivesClient = false;
  /** Ends a pause between two attempts. */
  wake: (() => void) | undefined;
  private cutReason: CutReason | undefined;

  constructor(
    readonly endpoint: Endpoint,
    readonly request: IncomingMessage,
    public response: ClientAnswer,
    readonly snapshot: Snapshot,
  ) {
    this.trace = continueTrace(request.headers['traceparent']);
  }

  /** What the upstream shall do. */
  get operation(): Operation {
    const { operation } = this.endpoint;
    if (!operation) throw new Error('this call is not for an upstream');
    return operation;
  }

  get isStreamed(): boolean {
    return this.body?.isStreamed ?? false;
  }

  /** The id as clients see it in `x-request-id`. */
  get requestId(): string {
    const { id } = this;
    return `req_${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}${id.slice(19, 23)}${id.slice(24)}`;
  }

  /** The path that was asked for, without its query. */
  get path(): string {
    const { url = '' } = this.request;
    const asked = 'originalUrl' in this.request ? String(this.request.originalUrl) : url;
    const end = asked.indexOf('?');
    return end < 0 ? asked : asked.slice(0, end);
  }

  /** The query that was asked with, from its question mark on; empty when there is none. */
  get query(): string {
    const { url = '' } = this.request;
    const start = url.indexOf('?');
    return start < 0 ? '' : url.slice(start);
  }

  /** Why the call was ended before its time, if it was. */
  get cut(): CutReason | undefined {
    return this.cutReason;
  }

  /** Ends the call, and the upstream call made for it. The first reason counts. */
  end(reason: CutReason): void {
    if (reason === 'gone' && this.outlivesClient) return;
    this.cutReason ??= reason;
    this.rival?.exchange.cut(reason);
    if (this.answering) this.answering.exchange.cut(reason);
    else if (this.wake) this.wake();
    else if (reason === 'shutdown') this.request.destroy(); // it is still on its way in
  }
}

/** An answer that was there already. */
export interface Served {
  readonly from: 'replay' | 'cache';
  /** What it had cost to make it, in pUSD; `null`: unpriced. */
  readonly savedPicos: bigint | null;
}

/** What is kept of a call beside its ledger row, in a project that asks for it. */
export interface Capture {
  /** A part of the answer, as the client gets it. */
  add(bytes: Buffer, contentType: string): void;
  /** All of it, sealed; `undefined` when it can't be sealed now. Only a tenant's first calls wait for it. */
  seal(): string | undefined | Promise<string | undefined>;
}

/** The upstream call that is being made for a client's. */
export interface Answering {
  readonly attemptId: string;
  readonly provider: ProviderEntry;
  readonly model: ModelEntry;
  readonly health: TargetHealth;
  readonly driver: Driver;
  readonly kind: AttemptKind;
  readonly exchange: Exchange;
  readonly startedAt: number;
  readonly startedMark: number;
  /** Whether we asked for a usage chunk that the client did not ask for. */
  readonly hidesUsage: boolean;
  /** How its answer gets back into the client's dialect; `undefined` when it is in it already. */
  readonly translated: TranslatedCall | undefined;
  /** What could not be carried over to it. */
  readonly notes: Notes | undefined;
  /** Its tools that go by another name there. */
  readonly toolNames: ToolNames | undefined;
  /** Whether it answers with a stream that becomes one answer. */
  readonly isFolded: boolean;
}

/** A translation at work on one upstream call. */
export interface TranslatedCall {
  readonly translation: Translation;
  readonly context: TranslationContext;
}

/** How a call or an attempt came out. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly errorCode: string | null;
  readonly usage: LedgerUsage;
  /** `null` when nothing went wrong. */
  readonly errorClass: ErrorClass | null;
  /** How long the upstream asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}
