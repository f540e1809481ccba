import type { AnswerStream } from '../answer/answer-stream.js';
import { SilentStream } from '../answer/silent-stream.js';
import { StreamFilter } from '../answer/stream-filter.js';
import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { JsonScanError } from '../body/json-scan.js';
import { shownError } from '../client-error.js';
import { EditingSink } from '../quirks/editing-sink.js';
import { ThreadedStream } from '../thread/threaded-stream.js';
import { ForeignAnswer } from '../translate/translation.js';
import { relayErrors } from '../relay.errors.js';
import { contentEncoding, safeHeaders } from '../upstream/answer-headers.js';
import { decodingSink } from '../upstream/decoding-sink.js';
import type { AnswerHead, AnswerSink, ExchangeFailure } from '../upstream/exchange.js';
import { failureTrouble, faultOf, streamErrorStatus } from '../upstream/failures.js';
import { sendHead } from './answer.js';
import { editsOf } from './answer-edits.js';
import type { Answering, Call } from './call.js';
import { endedWith } from './call-end.js';
import { CallFailure, type Trouble } from './call-failure.js';
import { CutAnswer, isContinued, threadOf } from './continuation.js';
import { answerModel, type DeliverParts } from './deliver-parts.js';
import { errorFrame } from './error-frame.js';
import type { Estimator } from './estimator.js';
import { endSpent, limitOf } from './output-limit.js';
import { keep } from './references.js';

/** What the events of a stream come with. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no', // or nginx would collect the events
};
/** How long an upstream may keep its connection open after its last event; to wait a little saves the connection. */
const LINGER_MS = 500;

/**
 * Streams an answer: each event as it comes, no faster than the client reads. The status goes out with the first of
 * them, so that a stream which breaks off before is a failed attempt, that another target may make good. The end is held
 * back until the call is settled; a stream that broke off later ends with an error, never cleanly.
 */
export async function deliverStream(
  call: Call,
  answering: Answering,
  head: AnswerHead,
  { settle, inFlight, estimator, background }: DeliverParts,
): Promise<void> {
  const filter = streamFor(call, answering);
  const begin = (): void => sendHead(call, inFlight, head.status, { ...safeHeaders(head.headers), ...STREAM_HEADERS });
  const stream = new EventStream(call, answering, filter, begin);
  answering.exchange.pipe(plainSink(readerFor(call, answering, stream), answering, head));
  const trouble = await stream.ended;
  if (trouble && !stream.hasBegun) throw new CallFailure(trouble, filter.usage);
  if (trouble) await passOn(call, filter, { trouble, estimator });
  const spent = filter.isSpent ? await endSpent(call, answering, filter, estimator) : undefined;
  const ending = spent ? spent.ending : endingOf(call, filter, trouble);
  if (ending) call.capture?.add(ending, STREAM_HEADERS['content-type']);
  keep(call, filter.answerId);
  await settle.run(call, {
    ...endedWith(head.status, trouble),
    usage: usageOf(call, filter),
    generated: () => filter.generated(),
    ...spent?.end,
  });
  if (call.watched) await background.sawEvent(call.watched, ending);
  stream.close(ending);
}

/** What is shown again was billed before. */
function usageOf({ endpoint }: Call, { usage }: AnswerStream): LedgerUsage | undefined {
  return endpoint.isFree ? NO_USAGE : usage;
}

/** Who reads what an upstream sends, with what is changed about it on the way. */
export function readerFor(call: Call, answering: Answering, stream: EventStream): AnswerSink {
  const edits = editsOf(answering, call);
  return edits ? new EditingSink(stream, edits) : stream;
}

/** Rejects with a `CutAnswer` when another upstream shall go on with a stream. */
async function passOn(
  call: Call,
  stream: AnswerStream,
  { trouble, estimator }: { readonly trouble: Trouble; readonly estimator: Estimator },
): Promise<void> {
  if (!isContinued(call, trouble)) return;
  const generated = stream.generated();
  const counted = generated.text === '' ? NO_USAGE : await estimator.estimate(call, generated);
  throw new CutAnswer(trouble, stream.usage ?? counted);
}

function streamFor(call: Call, answering: Answering): AnswerStream {
  const stream = plainStreamFor(call, answering);
  const thread = threadOf(call);
  if (thread) return new ThreadedStream(stream, thread);
  return call.format?.wanted.stripsThoughts ? new SilentStream(stream) : stream;
}

function plainStreamFor(call: Call, { hidesUsage, translated, model }: Answering): AnswerStream {
  if (translated) return translated.translation.stream(translated.context);
  const { dialect } = call.endpoint;
  const { operation } = call;
  const limit = limitOf(call, model);
  return new StreamFilter({ operation, dialect, model: answerModel(call), hideUsage: hidesUsage, limit });
}

/** What a stream ends with. */
export function endingOf(call: Call, stream: AnswerStream, trouble: Trouble | undefined): Buffer | undefined {
  if (!trouble) return stream.finish();
  const { error } = trouble;
  return stream.fail?.(shownError(call.endpoint.dialect, error)) ?? errorFrame(call, error);
}

/** Unpacks events that came packed. Throws when nobody here can. */
export function plainSink(stream: AnswerSink, { exchange, provider }: Answering, { headers }: AnswerHead): AnswerSink {
  const encoding = contentEncoding(headers);
  const sink = encoding === undefined ? stream : decodingSink(encoding, exchange, stream);
  if (sink) return sink;
  exchange.cut('lingering');
  const what = 'sent an answer that cannot be unpacked';
  throw new CallFailure(faultOf(provider.name, what));
}

/** Sends events on to the client as it reads them, until the stream has ended one way or another. */
export class EventStream implements AnswerSink {
  /** Resolves at the end; with what went wrong, if something did. */
  readonly ended: Promise<Trouble | undefined>;
  private end!: (trouble: Trouble | undefined) => void;
  private isOver = false;
  private linger: NodeJS.Timeout | undefined;

  constructor(
    protected readonly call: Call,
    protected readonly answering: Answering,
    protected readonly filter: AnswerStream,
    private readonly begin: () => void,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    call.response.on('drain', () => answering.exchange.resume());
  }

  get hasBegun(): boolean {
    return this.call.firstByteMark !== undefined;
  }

  /** Ends what the client gets; also of a stream that has not begun. */
  close(ending: Buffer | undefined): void {
    if (!this.hasBegun) this.begin();
    this.call.response.end(ending);
  }

  onChunk(chunk: Buffer): void {
    if (this.isOver) return;
    const out = this.filtered(chunk);
    if (out) this.write(out);
    if (this.filter.hasFailed) this.fail('reported an error in the middle of its answer');
    else if (this.filter.isSpent) this.finish();
    else if (this.filter.isOver) this.linger ??= setTimeout(() => this.finish(), LINGER_MS);
  }

  onEnd(): void {
    if (this.filter.isComplete) this.finish();
    else this.fail('ended its answer before it was complete');
  }

  /** What is missing may only be the usage, but nobody can know: before its last event a stream that breaks off is cut. */
  onBreak(failure: ExchangeFailure): void {
    if (this.filter.isOver) this.finish();
    else this.stop(failureTrouble(this.answering.provider.name, failure, true));
  }

  private filtered(chunk: Buffer): Buffer | undefined {
    try {
      return this.filter.push(chunk);
    } catch (error) {
      if (!(error instanceof JsonScanError || error instanceof ForeignAnswer)) throw error;
      this.fail('sent events that cannot be read');
      return undefined;
    }
  }

  protected write(out: Buffer): void {
    if (!this.hasBegun) {
      this.call.firstByteMark = performance.now();
      this.begin();
    }
    this.call.capture?.add(out, STREAM_HEADERS['content-type']);
    if (!this.call.response.write(out)) this.answering.exchange.pause();
  }

  private finish(): void {
    this.stop(undefined);
  }

  private fail(what: string): void {
    const { name } = this.answering.provider;
    const error = relayErrors.upstream_error({ provider: name, what });
    if (!this.filter.hasFailed) return this.stop({ outcome: 'cut', errorClass: 'network', error });
    const told = this.filter.upstreamError;
    const errorClass = told ? this.answering.driver.classify(streamErrorStatus(told), told) : 'server_error';
    this.stop({ outcome: 'upstream_error', errorClass, error });
  }

  /** Ends it once; an upstream that has more to say is not heard. */
  private stop(trouble: Trouble | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.linger);
    this.answering.exchange.cut('lingering');
    this.end(trouble);
  }
}
