import { ChatEnder } from './ending/chat-ender.js';
import { MessageEnder } from './ending/message-ender.js';
import { ResponseEnder } from './ending/response-ender.js';
import type { EarlyEnd, StreamEnder } from './ending/stream-ender.js';
import type { EventReader, EventVerdict, StreamLimit, StreamShape } from './event-reader.js';
import { OutputMeter } from './output-meter.js';
import { parseObject } from '../translate/json.js';

const EXCESS: EventVerdict = { action: 'excess' };

/** The payload of one event. */
interface Payload {
  readonly raw: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Stops a stream at the event that is more than was set aside for it. */
export class EventLimit {
  /** The payload of the event that was too much. */
  excess: Buffer | undefined;
  private readonly meter: OutputMeter;
  private readonly ender: StreamEnder;

  constructor(
    private readonly shape: StreamShape,
    limit: StreamLimit,
  ) {
    this.meter = new OutputMeter(limit.outputTokens);
    this.ender = enderFor(shape, limit);
  }

  /** An answer that its upstream has finished by itself is let through, whatever its size. */
  judge(reader: EventReader, verdict: EventVerdict, { raw, start, end }: Payload): EventVerdict {
    if (verdict.action !== 'pass') return verdict;
    const told = reader.usage?.output_tokens;
    if (!reader.isComplete && this.meter.isBeyond(reader.generatedBytes, () => unescaped(reader), told)) {
      this.excess = Buffer.from(raw.subarray(start, end));
      return EXCESS;
    }
    this.ender.pass(raw, start, end);
    return verdict;
  }

  /** What goes out in place of the event that was too much. */
  end(end: EarlyEnd): Buffer {
    const payload = parseObject(this.excess?.toString() ?? '') ?? {};
    const { model } = this.shape;
    const named = model !== null && typeof payload.model === 'string' ? { ...payload, model } : payload;
    return Buffer.from(this.ender.end(named, end));
  }
}

function enderFor({ operation, dialect, model }: StreamShape, { choices, asksForUsage }: StreamLimit): StreamEnder {
  const isLegacy = operation === 'completion';
  if (isLegacy || dialect === 'openai-chat') return new ChatEnder({ isLegacy, choices, asksForUsage });
  return dialect === 'anthropic-messages' ? new MessageEnder() : new ResponseEnder(model);
}

/** What was generated, as it reads; what was not kept of it counts as so many letters. */
function unescaped(reader: EventReader): string {
  const { text, omittedBytes } = reader.generated();
  return readable(text) + 'a'.repeat(omittedBytes);
}

function readable(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text; // cut in the middle of an escape
  }
}
