import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ProviderTimeouts } from '../../snapshot/snapshot.js';
import { Deadline } from '../deadline.js';

/** Who takes an upstream's answer once its head is known. Exactly one of `onEnd` and `onBreak` is called. */
export interface AnswerSink {
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  onBreak(failure: ExchangeFailure): void;
}

/** What the upstream said first. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Why an exchange ended early, by our own doing. */
export type CutReason = Lateness | 'gone' | 'shutdown' | 'too-large' | 'overloaded' | 'lingering';

/** What an upstream was too late with. */
export type Lateness = 'first-byte-timeout' | 'idle-timeout' | 'total-timeout';

/** Why an exchange failed. */
export interface ExchangeFailure {
  /** Whether a request was put on a connection; if not, the upstream can't have seen any of it. */
  readonly wasSent: boolean;
  readonly cut: CutReason | undefined;
  readonly cause: Error;
}

/** We ended an exchange. */
export class Cut extends Error {
  override readonly name = 'Cut';

  constructor(readonly reason: CutReason) {
    super(reason);
  }
}

const ID_LENGTH = 200;

/**
 * One call to an upstream, as undici's dispatcher reports it. It can be cut at any time, even before it has begun.
 * undici has timeouts of its own, but makes three timers for each call whose times differ, and lets go of them late.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves with the head of the answer, or with the failure that came instead. Never rejects. */
  readonly head: Promise<AnswerHead | ExchangeFailure>;
  /** When the head arrived; `performance.now()`. */
  headAt: number | undefined;
  /** The answer's status, once there is one. */
  status: number | undefined;
  /** What the upstream calls this exchange, for asking its operator. */
  upstreamRequestId: string | undefined;
  private resolveHead!: (head: AnswerHead | ExchangeFailure) => void;
  protected controller: Dispatcher.DispatchController | undefined;
  private sink: AnswerSink | undefined;
  private waiting: Buffer[] = [];
  private isEnded = false;
  private failure: ExchangeFailure | undefined;
  private cutBefore: Cut | undefined;
  private hearBegin: ((hasBegun: boolean) => void) | undefined;
  private readonly limit: Deadline;
  /** From the request's having been put on a connection. */
  private silence: Deadline | undefined;

  constructor(
    private readonly times: ProviderTimeouts,
    totalMs = times.totalMs,
  ) {
    this.limit = new Deadline(totalMs, () => this.cut('total-timeout'));
    this.head = new Promise((resolve) => (this.resolveHead = resolve));
  }

  /** Whether the answer has ended or failed. */
  get isOver(): boolean {
    return this.isEnded || this.failure !== undefined;
  }

  /** Ends the exchange at once and closes its connection. What was not begun never reaches the upstream. */
  cut(reason: CutReason): void {
    if (this.isOver) return;
    const cut = new Cut(reason);
    if (this.controller) return this.controller.abort(cut);
    this.cutBefore = cut;
    this.fail(cut);
  }

  pause(): void {
    this.silence?.clear();
    this.controller?.pause();
  }

  resume(): void {
    if (this.isOver) return;
    this.silence?.arm();
    this.controller?.resume();
  }

  /** Whether bytes of the body come at all; for who waits before it calls `pipe`. */
  firstBytes(): Promise<boolean> {
    if (this.waiting.length > 0 || this.isOver) return Promise.resolve(this.waiting.length > 0);
    return new Promise((resolve) => (this.hearBegin = resolve));
  }

  /** Sends the answer's body to `sink`, from its beginning. */
  pipe(sink: AnswerSink): void {
    this.sink = sink;
    for (const chunk of this.waiting.splice(0)) sink.onChunk(chunk);
    if (this.failure) sink.onBreak(this.failure);
    else if (this.isEnded) sink.onEnd();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.cutBefore) return controller.abort(this.cutBefore);
    this.silence ??= new Deadline(this.times.firstByteMs, () =>
      this.cut(this.headAt === undefined ? 'first-byte-timeout' : 'idle-timeout'),
    );
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return this.silence?.refresh();
    this.silence?.refresh(this.times.idleMs);
    this.headAt = performance.now();
    this.status = status;
    const id = headers['x-request-id'] ?? headers['request-id'];
    if (typeof id === 'string') this.upstreamRequestId = id.slice(0, ID_LENGTH);
    this.resolveHead({ status, headers });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.silence?.refresh();
    if (this.sink) return this.sink.onChunk(chunk);
    this.waiting.push(chunk); // only until the promise of the head has been heard, or that of the first bytes
    this.hearBegin?.(true);
  }

  onResponseEnd(): void {
    this.isEnded = true;
    this.clearTimes();
    this.hearBegin?.(false);
    this.sink?.onEnd();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, cause: Error): void {
    this.fail(cause);
  }

  private fail(cause: Error): void {
    if (this.isOver) return;
    this.clearTimes();
    const wasSent = this.controller !== undefined;
    this.failure = { wasSent, cut: cause instanceof Cut ? cause.reason : undefined, cause };
    this.resolveHead(this.failure);
    this.hearBegin?.(false);
    this.sink?.onBreak(this.failure);
  }

  private clearTimes(): void {
    this.limit.clear();
    this.silence?.clear();
  }
}

/** Tells a failure from a head. */
export function isFailure(answer: AnswerHead | ExchangeFailure): answer is ExchangeFailure {
  return 'cause' in answer;
}
