import type { LedgerUsage } from '../../journal/ledger-record.js';
import { isObjectSpan, parseSpan, scanObject, type Span } from '../body/json-scan.js';
import { applySplices } from '../body/splice.js';
import { CumulativeUsage } from '../usage/cumulative-usage.js';
import { readUsageOf } from '../usage/usage-reader.js';
import type { EventReader, EventVerdict, StreamShape } from './event-reader.js';
import { TextTap } from './text-tap.js';

const MAX_TEXT_BYTES = 512 * 1024;
const PASS: EventVerdict = { action: 'pass' };
const HOLD: EventVerdict = { action: 'hold' };
const ERROR: EventVerdict = { action: 'error' };
const GENERATED = ['text', 'thinking', 'partial_json'] as const;

/** The events of `/messages`: usage in the first and the last but one, `message_stop` at the end, `ping` anywhere. */
export class AnthropicEvents implements EventReader {
  isComplete = false;
  readonly ending: Buffer | undefined = undefined;
  private readonly tap = new TextTap(MAX_TEXT_BYTES);
  private readonly counts = new CumulativeUsage(readUsageOf.anthropic);

  constructor(private readonly shape: StreamShape) {}

  get usage(): LedgerUsage | undefined {
    return this.counts.read();
  }

  generated(): { readonly text: string; readonly omittedBytes: number } {
    return this.tap.read();
  }

  get generatedBytes(): number {
    return this.tap.size;
  }

  done(): void {
    // Not of this dialect; `message_stop` is the end.
  }

  read(raw: Buffer, start: number, end: number): EventVerdict {
    const members = scanObject(raw, start, end);
    const type = members.get('type');
    switch (type && parseSpan(raw, type)) {
      case 'content_block_delta':
        this.takeDelta(raw, members.get('delta'));
        return PASS;
      case 'message_start':
        return this.start(raw, { start, end }, members.get('message'));
      case 'message_delta':
        this.takeUsage(raw, members.get('usage'));
        return PASS;
      case 'message_stop':
        this.isComplete = true;
        return HOLD;
      case 'error':
        return ERROR;
      default:
        return type === undefined && members.has('error') ? ERROR : PASS;
    }
  }

  private start(raw: Buffer, { start, end }: Span, message: Span | undefined): EventVerdict {
    if (!message || !isObjectSpan(raw, message)) return PASS;
    const members = scanObject(raw, message.start, message.end);
    this.takeUsage(raw, members.get('usage'));
    const model = members.get('model');
    if (!model || this.shape.model === null) return PASS;
    const bytes = Buffer.from(JSON.stringify(this.shape.model));
    const splice = { start: model.start - start, end: model.end - start, bytes };
    return { action: 'pass', payload: applySplices(raw.subarray(start, end), [splice]) };
  }

  private takeUsage(raw: Buffer, usage: Span | undefined): void {
    if (usage) this.counts.take(parseSpan(raw, usage));
  }

  private takeDelta(raw: Buffer, delta: Span | undefined): void {
    if (!delta || !isObjectSpan(raw, delta)) return;
    const members = scanObject(raw, delta.start, delta.end);
    for (const name of GENERATED) {
      const span = members.get(name);
      if (span && raw[span.start] === 0x22) this.tap.take(raw, span.start + 1, span.end - 1);
    }
  }
}
