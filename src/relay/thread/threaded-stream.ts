import type { AnswerStream } from '../answer/answer-stream.js';
import { WrappedStream } from '../answer/wrapped-stream.js';
import type { EarlyEnd } from '../answer/ending/stream-ender.js';
import type { ChatThread } from './chat-thread.js';

/** One upstream's part of a chat that another may go on with. */
export class ThreadedStream extends WrappedStream implements AnswerStream {
  constructor(
    stream: AnswerStream,
    private readonly thread: ChatThread,
  ) {
    super(stream);
  }

  push(chunk: Buffer): Buffer | undefined {
    return this.passed(this.stream.push(chunk));
  }

  finish(): Buffer | undefined {
    return this.passed(this.stream.finish());
  }

  cutShort(end: EarlyEnd): Buffer {
    return this.passed(this.stream.cutShort?.(end)) ?? Buffer.alloc(0);
  }

  private passed(bytes: Buffer | undefined): Buffer | undefined {
    return bytes && this.thread.pass(bytes);
  }
}
