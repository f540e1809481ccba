import { safeHeaders } from '../upstream/answer-headers.js';
import type { AnswerHead, AnswerSink, ExchangeFailure } from '../upstream/exchange.js';
import { failureTrouble } from '../upstream/failures.js';
import { sendHead } from './answer.js';
import type { Answering, Call } from './call.js';
import { endedWith } from './call-end.js';
import { CallFailure } from './call-failure.js';
import type { DeliverParts } from './deliver-parts.js';

/**
 * Streams bytes that nobody reads on the way (speech). The head goes out with the first of them, so an upstream that
 * breaks off before is an error with a status; one that does later breaks the client's connection off, too.
 */
export async function deliverBinary(
  call: Call,
  answering: Answering,
  head: AnswerHead,
  { settle, inFlight }: DeliverParts,
): Promise<void> {
  const { response } = call;
  const begin = (): void => {
    call.firstByteMark = performance.now();
    sendHead(call, inFlight, head.status, { ...safeHeaders(head.headers), ...binaryType(head) });
  };
  const bytes = new ByteStream(call, answering, begin);
  answering.exchange.pipe(bytes);
  const failure = await bytes.ended;
  const trouble = failure && failureTrouble(answering.provider.name, failure, true);
  if (trouble && !response.headersSent) throw new CallFailure(trouble);
  await settle.run(call, {
    ...endedWith(head.status, trouble),
    // What was asked to be spoken is billed as soon as any of it was.
    generated: () => ({ text: 'audio', omittedBytes: 0 }),
  });
  if (trouble) return void response.destroy();
  if (!response.headersSent) begin();
  response.end();
}

class ByteStream implements AnswerSink {
  readonly ended: Promise<ExchangeFailure | undefined>;
  private end!: (failure: ExchangeFailure | undefined) => void;

  constructor(
    private readonly call: Call,
    private readonly answering: Answering,
    private readonly begin: () => void,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    call.response.on('drain', () => answering.exchange.resume());
  }

  onChunk(chunk: Buffer): void {
    if (!this.call.response.headersSent) this.begin();
    this.call.capture?.add(chunk, 'application/octet-stream');
    if (!this.call.response.write(chunk)) this.answering.exchange.pause();
  }

  onEnd(): void {
    this.end(undefined);
  }

  onBreak(failure: ExchangeFailure): void {
    this.end(failure);
  }
}

/** The upstream's type if it is one of sound; anything else is just bytes, so that no browser would run it. */
function binaryType({ headers }: AnswerHead): Record<string, string> {
  const type = headers['content-type'];
  const isSound = typeof type === 'string' && /^audio\/[\w.+-]+/i.test(type);
  return { 'content-type': isSound ? type : 'application/octet-stream', 'x-content-type-options': 'nosniff' };
}
