import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { EarlyEnd } from '../answer/ending/stream-ender.js';
import { OutputMeter } from '../answer/output-meter.js';
import type { ClientError } from '../client-error.js';
import type { AnswerEvent } from './conversation.js';
import type { StreamDecoder, StreamReader, StreamWriter } from './dialects.js';

const MAX_TEXT = 512 * 1024;

/** A stream on its way from the upstream's dialect into the client's. */
export class TranslatedStream implements AnswerStream {
  usage: LedgerUsage | undefined;
  hasFailed = false;
  isSpent = false;
  private readonly meter: OutputMeter | undefined;
  private text = '';
  private leftOut = 0;

  constructor(
    private readonly decoder: StreamDecoder,
    private readonly reader: StreamReader,
    private readonly writer: StreamWriter,
    mostTokens?: number,
  ) {
    this.meter = mostTokens === undefined ? undefined : new OutputMeter(mostTokens);
  }

  get isComplete(): boolean {
    return this.reader.isComplete && !this.hasFailed;
  }

  get isOver(): boolean {
    return this.isComplete && (this.decoder.isDone || this.reader.isOver);
  }

  push(chunk: Buffer): Buffer | undefined {
    let out = '';
    for (const message of this.decoder.push(chunk)) {
      if (this.hasFailed || this.isSpent) break;
      for (const event of this.reader.read(message)) out += this.take(event);
    }
    return out === '' ? undefined : Buffer.from(out);
  }

  finish(): Buffer | undefined {
    return Buffer.from(this.writer.end());
  }

  cutShort({ usage, note }: EarlyEnd): Buffer {
    const { writer } = this;
    const last = writer.write({ kind: 'usage', usage }) + writer.write({ kind: 'stop', stop: 'length' });
    return Buffer.from(last + writer.end({ ...note }));
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
    if (this.meter && !this.reader.isComplete && this.isTooMuch(this.meter)) this.isSpent = true;
    return this.isSpent ? '' : this.writer.write(event);
  }

  private isTooMuch(meter: OutputMeter): boolean {
    return meter.isBeyond(this.text.length + this.leftOut, () => this.text, this.usage?.output_tokens);
  }

  private keep(text: string): void {
    const room = MAX_TEXT - this.text.length;
    this.text += text.length > room ? text.slice(0, room) : text;
    this.leftOut += Math.max(0, text.length - room);
  }
}
