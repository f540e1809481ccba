import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { AnswerStream } from './answer-stream.js';

/** A stream that changes what another one puts out; what that one knows of itself stays as it is. */
export abstract class WrappedStream {
  constructor(protected readonly stream: AnswerStream) {}

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
}
