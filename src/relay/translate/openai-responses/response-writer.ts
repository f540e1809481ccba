import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { ClientError } from '../../client-error.js';
import type { Answer, AnswerEvent, StopReason } from '../conversation.js';
import type { StreamWriter } from '../dialects.js';
import { ForeignAnswer, type TranslationContext } from '../translation.js';
import { unfold } from '../unfold.js';
import { callItem } from './response-call-items.js';
import { MessageItem, ThoughtItem, type OpenItem, type ResponseEvent } from './response-items.js';
import { responseUsage } from './response-usage.js';

/** Why a response is not complete. */
const INCOMPLETE: Readonly<Partial<Record<StopReason, string>>> = {
  length: 'max_output_tokens',
  context_length: 'max_output_tokens',
  content_filter: 'content_filter',
  refusal: 'content_filter',
};

/** Writes a response: what a stream of it would end with. */
export function writeResponse(answer: Answer, context: TranslationContext): JsonObject {
  const writer = new ResponseStreamWriter(context);
  for (const event of unfold(answer)) writer.write(event);
  return writer.whole();
}

/** Writes the events of a streamed response, numbered, from `response.created` to its one last event. */
export class ResponseStreamWriter implements StreamWriter {
  private number = 0;
  private readonly output: JsonObject[] = [];
  private open: OpenItem | undefined;
  private stop: StopReason = 'stop';
  private usage: LedgerUsage | undefined;

  constructor(private readonly context: TranslationContext) {}

  write(event: AnswerEvent): string {
    const begin = this.begin();
    if (event.kind === 'stop') this.stop = event.stop;
    else if (event.kind === 'usage') this.usage = event.usage;
    else return begin + this.print(this.said(event));
    return begin;
  }

  end(note?: JsonObject): string {
    const begin = this.begin();
    const close = this.print(this.close());
    const response = this.whole();
    const word = note && { waggle: note };
    return begin + close + this.print([{ type: `response.${String(response.status)}`, response, ...word }]);
  }

  fail({ message, code }: ClientError): string {
    const begin = this.begin();
    const error = { code: code ?? 'server_error', message };
    const response = { ...this.response('failed'), error, usage: this.usage ? responseUsage(this.usage) : null };
    return begin + this.print([{ type: 'response.failed', response }]);
  }

  /** The response as it is at its end. */
  whole(): JsonObject {
    this.close();
    const reason = INCOMPLETE[this.stop];
    return {
      ...this.response(reason === undefined ? 'completed' : 'incomplete'),
      incomplete_details: reason === undefined ? null : { reason },
      usage: this.usage ? responseUsage(this.usage) : null,
    };
  }

  private begin(): string {
    if (this.number > 0) return '';
    const response = this.response('in_progress');
    return this.print([
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ]);
  }

  private said(event: AnswerEvent): ResponseEvent[] {
    if (this.open?.takes(event)) return this.open.add(event);
    const closing = this.close();
    const item = this.itemFor(event);
    this.open = item;
    // A call's first event begins it; its arguments come on their own.
    return [...closing, ...item.begin(), ...(event.kind === 'tool_call' ? [] : item.add(event))];
  }

  private itemFor(event: AnswerEvent): OpenItem {
    const index = this.output.length;
    const place = (prefix: string) => ({ index, id: `${prefix}_${this.context.id}${index}` });
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return new MessageItem(place('msg'), event.kind);
      case 'tool_call':
        return callItem(place, event, this.context.clientTools);
      case 'arguments':
        throw new ForeignAnswer('Tool calls come interleaved.');
      default:
        return new ThoughtItem(place('rs'));
    }
  }

  private close(): ResponseEvent[] {
    const { open } = this;
    if (!open) return [];
    this.open = undefined;
    this.output.push(open.item(INCOMPLETE[this.stop] === undefined ? 'completed' : 'incomplete'));
    return open.end();
  }

  private response(status: string): JsonObject {
    const { id, createdSeconds, shownModel, echo } = this.context;
    return {
      id: `resp_${id}`,
      object: 'response',
      created_at: createdSeconds,
      status,
      background: false,
      error: null,
      incomplete_details: null,
      model: shownModel,
      output: [...this.output],
      usage: null,
      ...echo,
    };
  }

  private print(events: readonly ResponseEvent[]): string {
    return events
      .map(({ type, ...rest }) => {
        const data = JSON.stringify({ type, sequence_number: this.number++, ...rest });
        return `event: ${type}\ndata: ${data}\n\n`;
      })
      .join('');
  }
}
