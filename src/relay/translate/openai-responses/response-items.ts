import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { AnswerEvent } from '../conversation.js';
import { sealThought } from './sealed-thought.js';

/** An event of a streamed response, not yet numbered. */
export type ResponseEvent = JsonObject & { readonly type: string };

/** One item of a response's output while it is being written. */
export interface OpenItem {
  /** The events with which it begins. */
  begin(): ResponseEvent[];
  /** Whether such a step belongs to this item. */
  takes(event: AnswerEvent): boolean;
  add(event: AnswerEvent): ResponseEvent[];
  /** The events with which it ends. */
  end(): ResponseEvent[];
  /** The item as it is by now. */
  item(status: 'completed' | 'incomplete'): JsonObject;
}

/** Where an item stands: its place in the output, and its id. */
export interface ItemPlace {
  readonly index: number;
  readonly id: string;
}

/** A message: one part of text, or of a refusal. */
export class MessageItem implements OpenItem {
  private text = '';

  constructor(
    private readonly place: ItemPlace,
    private readonly kind: 'text' | 'refusal',
  ) {}

  begin(): ResponseEvent[] {
    const item = { ...this.item('completed'), status: 'in_progress', content: [] };
    return [
      { type: 'response.output_item.added', output_index: this.place.index, item },
      { type: 'response.content_part.added', ...this.at, part: this.part },
    ];
  }

  takes({ kind }: AnswerEvent): boolean {
    return kind === this.kind;
  }

  add(event: AnswerEvent): ResponseEvent[] {
    const delta = 'text' in event ? event.text : '';
    this.text += delta;
    if (this.kind === 'refusal') return [{ type: 'response.refusal.delta', ...this.at, delta }];
    return [{ type: 'response.output_text.delta', ...this.at, delta, logprobs: [] }];
  }

  end(): ResponseEvent[] {
    const done: ResponseEvent =
      this.kind === 'refusal'
        ? { type: 'response.refusal.done', ...this.at, refusal: this.text }
        : { type: 'response.output_text.done', ...this.at, text: this.text, logprobs: [] };
    return [
      done,
      { type: 'response.content_part.done', ...this.at, part: this.part },
      { type: 'response.output_item.done', output_index: this.place.index, item: this.item('completed') },
    ];
  }

  item(status: 'completed' | 'incomplete'): JsonObject {
    return { id: this.place.id, type: 'message', status, role: 'assistant', content: [this.part] };
  }

  private get at(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index, content_index: 0 };
  }

  private get part(): JsonObject {
    if (this.kind === 'refusal') return { type: 'refusal', refusal: this.text };
    return { type: 'output_text', text: this.text, annotations: [], logprobs: [] };
  }
}

/** What the model thought, as its summary; sealed if its provider wants it back. */
export class ThoughtItem implements OpenItem {
  private text = '';
  private sealed: string | undefined;
  private hasPart = false;

  constructor(private readonly place: ItemPlace) {}

  begin(): ResponseEvent[] {
    const item = { id: this.place.id, type: 'reasoning', summary: [] };
    return [{ type: 'response.output_item.added', output_index: this.place.index, item }];
  }

  /** A signature ends the thought. */
  takes({ kind }: AnswerEvent): boolean {
    return (kind === 'thinking' || kind === 'signature') && this.sealed === undefined;
  }

  add(event: AnswerEvent): ResponseEvent[] {
    if (event.kind === 'signature') {
      this.sealed = sealThought({ kind: 'thinking', text: this.text, signature: event.signature });
    }
    if (event.kind === 'redacted_thinking') this.sealed = sealThought({ kind: 'redacted_thinking', data: event.data });
    if (event.kind !== 'thinking') return [];
    this.text += event.text;
    const delta: ResponseEvent = { type: 'response.reasoning_summary_text.delta', ...this.at, delta: event.text };
    if (this.hasPart) return [delta];
    this.hasPart = true;
    const part = { type: 'summary_text', text: '' };
    return [{ type: 'response.reasoning_summary_part.added', ...this.at, part }, delta];
  }

  end(): ResponseEvent[] {
    const [part] = this.summary;
    const done: ResponseEvent = {
      type: 'response.output_item.done',
      output_index: this.place.index,
      item: this.item(),
    };
    if (!part) return [done];
    return [
      { type: 'response.reasoning_summary_text.done', ...this.at, text: this.text },
      { type: 'response.reasoning_summary_part.done', ...this.at, part },
      done,
    ];
  }

  item(): JsonObject {
    const thought = { id: this.place.id, type: 'reasoning', summary: this.summary };
    return this.sealed === undefined ? thought : { ...thought, encrypted_content: this.sealed };
  }

  private get summary(): JsonObject[] {
    return this.hasPart ? [{ type: 'summary_text', text: this.text }] : [];
  }

  private get at(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index, summary_index: 0 };
  }
}
