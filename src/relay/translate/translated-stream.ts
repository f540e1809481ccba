import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { ClientError } from '../client-error.js';
import type { AnswerEvent } from './conversation.js';
import type { StreamDecoder, StreamReader, StreamWriter } from './dialects.js';

const MAX_TEXT = 512 * 1024;

/** A stream on its way from the upstream's dialect into the client's. */
export class TranslatedStream implements AnswerStream {
  usage: LedgerUsage | undefined;
  hasFailed = false;
  private text = '';
  private leftOut = 0;

  constructor(
    private readonly decoder: StreamDecoder,
    private readonly reader: StreamReader,
    private readonly writer: StreamWriter,
  ) {}

  get isComplete(): boolean {
    return this.reader.isComplete && !this.hasFailed;
  }

  get isOver(): boolean {
    return this.isComplete && (this.decoder.isDone || this.reader.isOver);
  }

  push(chunk: Buffer): Buffer | undefined {
    let out = '';
    for (const message of this.decoder.push(chunk)) {
      if (this.hasFailed) break;
      for (const event of this.reader.read(message)) out += this.take(event);
    }
    return out === '' ? undefined : Buffer.from(out);
  }

  finish(): Buffer | undefined {
    return Buffer.from(this.writer.end());
  }

  fail(error: ClientError): Buffer | undefined {
    return this.writer.fail && Buffer.from(this.writer.fail(error));
  }

  generated(): { readonly text: string; readonly omittedBytes: number } {
    return { text: JSON.stringify(this.text).slice(1, -1), omittedBytes: this.leftOut };
  }

  private take(event: AnswerEvent): string {
    if (event.kind === 'error') {
      this.hasFailed = true;
      return '';
    }
    if (event.kind === 'usage') this.usage = event.usage;
    else if ('text' in event) this.keep(event.text);
    return this.writer.write(event);
  }

  private keep(text: string): void {
    const room = MAX_TEXT - this.text.length;
    this.text += text.length > room ? text.slice(0, room) : text;
    this.leftOut += Math.max(0, text.length - room);
  }
}
