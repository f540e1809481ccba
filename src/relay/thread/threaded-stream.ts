import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { EarlyEnd } from '../answer/ending/stream-ender.js';
import type { ChatThread } from './chat-thread.js';

/** One upstream's part of a chat that another may go on with. */
export class ThreadedStream implements AnswerStream {
  constructor(
    private readonly stream: AnswerStream,
    private readonly thread: ChatThread,
  ) {}

  push(chunk: Buffer): Buffer | undefined {
    return this.passed(this.stream.push(chunk));
  }

  finish(): Buffer | undefined {
    return this.passed(this.stream.finish());
  }

  cutShort(end: EarlyEnd): Buffer {
    return this.passed(this.stream.cutShort?.(end)) ?? Buffer.alloc(0);
  }

  get isSpent(): boolean {
    return this.stream.isSpent ?? false;
  }

  get usage(): LedgerUsage | undefined {
    return this.stream.usage;
  }

  get isComplete(): boolean {
    return this.stream.isComplete;
  }

  get isOver(): boolean {
    return this.stream.isOver;
  }

  get hasFailed(): boolean {
    return this.stream.hasFailed;
  }

  get upstreamError(): Buffer | undefined {
    return this.stream.upstreamError;
  }

  generated(): ReturnType<AnswerStream['generated']> {
    return this.stream.generated();
  }

  private passed(bytes: Buffer | undefined): Buffer | undefined {
    return bytes && this.thread.pass(bytes);
  }
}
