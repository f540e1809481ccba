import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { MAX_FRAME_BYTES } from '../../answer/sse-frames.js';
import type { StreamDecoder, StreamMessage } from '../dialects.js';
import { parseObject } from '../json.js';
import { ForeignAnswer } from '../translation.js';

const LENGTH_BYTES = 4;
/** Prelude and checksums of a message that is empty. */
const MIN_BYTES = 16;

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** Amazon's binary framing of events (`application/vnd.amazon.eventstream`), each with its type in a header and its checksum. */
export class EventStreamDecoder implements StreamDecoder {
  readonly isDone = false;
  private pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): readonly StreamMessage[] {
    const raw = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const messages: StreamMessage[] = [];
    let start = 0;
    for (let end = endOf(raw, start); end <= raw.length; end = endOf(raw, start)) {
      messages.push(decoded(raw.subarray(start, end)));
      start = end;
    }
    // A copy, so that a few bytes don't keep a large chunk alive.
    this.pending = Buffer.from(raw.subarray(start));
    return messages;
  }
}

/** Where a message ends; beyond all bytes when not even its length is there. */
function endOf(raw: Buffer, start: number): number {
  if (raw.length - start < LENGTH_BYTES) return Infinity;
  const length = raw.readUInt32BE(start);
  if (length < MIN_BYTES || length > MAX_FRAME_BYTES) {
    throw new ForeignAnswer('An event of the upstream has an impossible length.');
  }
  return start + length;
}

function decoded(bytes: Buffer): StreamMessage {
  const { headers, body } = read(bytes);
  const text = (name: string): string => String(headers[name]?.value ?? '');
  const data = parseObject(Buffer.from(body).toString()) ?? {};
  if (text(':message-type') === 'event') return { event: text(':event-type'), data };
  return { event: text(':exception-type') || 'error', data: { error: data } };
}

function read(bytes: Buffer): ReturnType<EventStreamCodec['decode']> {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new ForeignAnswer('An event of the upstream is damaged.', { cause });
  }
}
