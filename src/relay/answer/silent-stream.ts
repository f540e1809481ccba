import type { ClientError } from '../client-error.js';
import type { AnswerStream } from './answer-stream.js';
import type { EarlyEnd } from './ending/stream-ender.js';
import { ChoicesEdit } from '../quirks/choices.js';
import { EditingSink } from '../quirks/editing-sink.js';
import { StrippedReasoning } from '../quirks/stripped-reasoning.js';
import { WrappedStream } from './wrapped-stream.js';

/** A chat stream on its way to a client that does not want to read what the model thought. */
export class SilentStream extends WrappedStream implements AnswerStream {
  private readonly out: Buffer[] = [];
  private readonly stripper = new EditingSink(
    { onChunk: (chunk) => void this.out.push(chunk), onEnd: () => {}, onBreak: () => {} },
    [new ChoicesEdit(() => new StrippedReasoning())],
  );

  push(chunk: Buffer): Buffer | undefined {
    return this.stripped(this.stream.push(chunk));
  }

  finish(): Buffer | undefined {
    const ending = this.stripped(this.stream.finish());
    this.stripper.onEnd();
    return joined([ending ?? NOTHING, ...this.out.splice(0)]);
  }

  cutShort(end: EarlyEnd): Buffer {
    const ending = this.stripped(this.stream.cutShort?.(end));
    this.stripper.onEnd();
    return Buffer.concat([ending ?? NOTHING, ...this.out.splice(0)]);
  }

  fail(error: ClientError): Buffer | undefined {
    return this.stream.fail?.(error);
  }

  private stripped(bytes: Buffer | undefined): Buffer | undefined {
    if (bytes) this.stripper.onChunk(bytes);
    return joined(this.out.splice(0));
  }
}

const NOTHING = Buffer.alloc(0);

function joined(parts: readonly Buffer[]): Buffer | undefined {
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return bytes.length > 0 ? bytes : undefined;
}
