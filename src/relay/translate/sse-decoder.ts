import type { JsonObject } from '../../snapshot/snapshot.js';
import { frameEnd, MAX_FRAME_BYTES } from '../answer/sse-frames.js';
import type { StreamDecoder, StreamMessage } from './dialects.js';
import { ForeignAnswer } from './translation.js';

const DONE = '[DONE]';

/** Server-sent events (https://html.spec.whatwg.org/#server-sent-events) whose data are JSON objects; others are passed over. */
export class SseDecoder implements StreamDecoder {
  isDone = false;
  private pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): readonly StreamMessage[] {
    const searchFrom = Math.max(0, this.pending.length - 2);
    const raw = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const messages: StreamMessage[] = [];
    let start = 0;
    for (let end = frameEnd(raw, searchFrom); end !== -1; end = frameEnd(raw, start)) {
      const message = this.frame(raw.toString('utf8', start, end));
      if (message) messages.push(message);
      start = end;
    }
    // A copy, so that a few bytes don't keep a large chunk alive.
    this.pending = Buffer.from(raw.subarray(start));
    if (this.pending.length > MAX_FRAME_BYTES) throw new ForeignAnswer('An event of the upstream is too large.');
    return messages;
  }

  private frame(text: string): StreamMessage | undefined {
    let event = '';
    let data = '';
    for (const line of text.split(/\r?\n/)) {
      if (line.startsWith('data:')) data += `${data && '\n'}${valueOf(line, 5)}`;
      else if (line.startsWith('event:')) event = valueOf(line, 6);
    }
    if (data === DONE) this.isDone = true;
    const json = data.startsWith('{') ? parsed(data) : undefined;
    return json && { event, data: json };
  }
}

function valueOf(line: string, from: number): string {
  return line.slice(line[from] === ' ' ? from + 1 : from);
}

function parsed(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}
