import type { JsonObject } from '../../../snapshot/snapshot.js';
import { numberOf, objectOf, parseObject } from '../../translate/json.js';
import { responseUsage } from '../../translate/openai-responses/response-usage.js';
import { namedEvent, type EarlyEnd, type StreamEnder } from './stream-ender.js';

/** Pieces of text are many, and are only joined at the end. */
interface OpenItem {
  readonly item: JsonObject;
  readonly index: number;
  /** Parts that are whole. */
  readonly parts: JsonObject[];
  part: JsonObject | undefined;
  text: string[];
}

/**
 * Ends responses: what is being written is closed, then comes `response.incomplete` with all that was written. A call of
 * a function that is not whole is closed by nobody, so that no client makes it.
 */
export class ResponseEnder implements StreamEnder {
  private response: JsonObject = {};
  private readonly output: JsonObject[] = [];
  private open: OpenItem | undefined;

  constructor(private readonly model: string | null) {}

  pass(raw: Buffer, start: number, end: number): void {
    const event = parseObject(raw.toString('utf8', start, end)) ?? {};
    switch (event.type) {
      case 'response.created':
        this.response = objectOf(event.response);
        return;
      case 'response.output_item.added':
        this.open = opened(objectOf(event.item), numberOf(event.output_index) ?? this.output.length);
        return;
      case 'response.output_item.done':
        this.output.push(objectOf(event.item));
        this.open = undefined;
        return;
      default:
        if (this.open) takeInto(this.open, event);
    }
  }

  end({ sequence_number: number }: JsonObject, { usage, note }: EarlyEnd): string {
    const next = typeof number === 'number' ? number : undefined;
    const closing = this.close();
    const response = {
      ...this.response,
      ...(this.model !== null && { model: this.model }),
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: this.output,
      usage: responseUsage(usage),
    };
    return [...closing, { type: 'response.incomplete', response, waggle: { ...note } }]
      .map(({ type, ...rest }, at) =>
        namedEvent(type, { ...(next !== undefined && { sequence_number: next + at }), ...rest }),
      )
      .join('');
  }

  private close(): (JsonObject & { type: string })[] {
    const { open } = this;
    if (!open) return [];
    const { part } = open;
    const text = open.text.join('');
    finishPart(open);
    const item = wholeItem(open, text);
    this.output.push(item);
    if (item.type !== 'message') return [];
    const at = { item_id: item.id ?? '', output_index: open.index, content_index: open.parts.length - 1 };
    const done = { type: 'response.output_item.done', output_index: open.index, item };
    if (part?.type !== 'output_text') return [done];
    return [
      { type: 'response.output_text.done', ...at, text, logprobs: [] },
      { type: 'response.content_part.done', ...at, part: open.parts.at(-1) ?? {} },
      done,
    ];
  }
}

function opened(item: JsonObject, index: number): OpenItem {
  return { item, index, parts: [], part: undefined, text: [] };
}

function takeInto(open: OpenItem, { type, part, delta }: JsonObject): void {
  if (typeof delta === 'string') return void open.text.push(delta);
  if (type !== 'response.content_part.added' && type !== 'response.reasoning_summary_part.added') return;
  finishPart(open);
  open.part = objectOf(part);
}

function finishPart(open: OpenItem): void {
  const { part } = open;
  if (!part) return;
  const text = open.text.join('');
  open.parts.push(part.type === 'refusal' ? { ...part, refusal: text } : { ...part, text });
  open.part = undefined;
  open.text = [];
}

function wholeItem({ item, parts }: OpenItem, text: string): JsonObject {
  if (item.type === 'message') return { ...item, status: 'incomplete', content: parts };
  if (item.type === 'reasoning') return { ...item, summary: parts };
  return item.type === 'function_call' ? { ...item, status: 'incomplete', arguments: text } : item;
}
