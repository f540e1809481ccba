import { NO_USAGE } from '../../journal/no-usage.js';
import { StreamFilter } from '../answer/stream-filter.js';
import { safeHeaders } from '../upstream/answer-headers.js';
import type { AnswerHead } from '../upstream/exchange.js';
import { sendHead } from './answer.js';
import type { Answering, Call } from './call.js';
import { endedWith } from './call-end.js';
import { CallFailure } from './call-failure.js';
import { answerModel, type DeliverParts } from './deliver-parts.js';
import { endingOf, EventStream, plainSink, readerFor, STREAM_HEADERS } from './deliver-stream.js';
import { keep } from './references.js';
import { leaveUnfinished } from './unfinished.js';

/**
 * Streams a response that goes on being made whatever becomes of its stream. Its call is on record before the client has a
 * byte of it, as nobody may be left later; what it used is settled like that of any other that is made after its call.
 */
export async function deliverBackground(
  call: Call,
  answering: Answering,
  head: AnswerHead,
  parts: DeliverParts,
): Promise<void> {
  const { exchange } = answering;
  const { operation, endpoint } = call;
  const { dialect } = endpoint;
  const filter = new StreamFilter({ operation, dialect, model: answerModel(call), hideUsage: false, limit: undefined });
  const begin = (): void =>
    sendHead(call, parts.inFlight, head.status, { ...safeHeaders(head.headers), ...STREAM_HEADERS });
  const stream = new LeftStream(call, answering, filter, begin);
  stream.onId = (id) => putOnRecord(call, id, answering, parts);
  exchange.pipe(plainSink(readerFor(call, answering, stream), answering, head));
  const trouble = await stream.ended;
  const failure = await stream.recording;
  if (failure !== undefined) throw failure;
  if (!call.ended) {
    if (trouble) throw new CallFailure(trouble, filter.usage);
    keep(call, filter.answerId);
    const generated = (): ReturnType<typeof filter.generated> => filter.generated();
    await parts.settle.run(call, { ...endedWith(head.status, undefined), usage: filter.usage, generated });
  }
  const ending = endingOf(call, filter, trouble);
  const { unfinished, token } = call;
  if (unfinished && token) {
    await parts.background.sawEvent({ project_id: token.projectId, id: unfinished.id }, trouble ? undefined : ending);
  }
  stream.release();
  stream.close(ending);
}

/** From then on its client may leave: what that leaves undone is known. A call with a key is recorded for others to its end. */
async function putOnRecord(call: Call, id: string, { exchange }: Answering, { settle }: DeliverParts): Promise<void> {
  leaveUnfinished(call, id);
  call.wake = () => exchange.cut(call.cut ?? 'gone');
  await settle.run(call, { ...endedWith(exchange.status ?? 200, undefined), usage: NO_USAGE });
  if (call.request.headers['idempotency-key'] !== undefined) return;
  call.outlivesClient = false;
  if (call.response.destroyed) call.end('gone');
}

/** Holds events back until their response is on record. */
class LeftStream extends EventStream {
  /** Resolves once it is, or with the reason why it can't be; `undefined` as long as it has no id. */
  recording: Promise<unknown> | undefined;
  onId: (id: string) => Promise<void> = () => Promise.resolve();
  private held: Buffer[] = [];
  private isOpen = false;

  /** Sends on what was held back, though nothing more may come. */
  release(): void {
    this.isOpen = true;
    for (const out of this.held.splice(0)) super.write(out);
  }

  protected override write(out: Buffer): void {
    if (this.isOpen) return super.write(out);
    this.held.push(out);
    const { answerId: id, isComplete } = this.filter;
    if (this.recording || id === undefined || isComplete) return;
    this.recording = this.record(id);
  }

  private async record(id: string): Promise<unknown> {
    const { exchange } = this.answering;
    exchange.pause();
    try {
      await this.onId(id);
      this.release();
      exchange.resume();
      return undefined;
    } catch (error) {
      exchange.cut('lingering');
      return error;
    }
  }
}
