import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { Frame } from '../answer.js';

/** The type of Amazon's binary framing. */
export const AMAZON_STREAM = 'application/vnd.amazon.eventstream';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** An event in Amazon's framing. */
export function eventFrame(type: string, data: object, tokens = 0): Frame {
  return { data: encoded({ ':event-type': type, ':message-type': 'event' }, data), tokens };
}

/** How a stream of Amazon's tells that it broke down. */
export function exceptionFrame(type: string, message: string): Frame {
  return { data: encoded({ ':exception-type': type, ':message-type': 'exception' }, { message }), tokens: 0 };
}

function encoded(names: Readonly<Record<string, string>>, data: object): Buffer {
  const all = Object.entries({ ...names, ':content-type': 'application/json' });
  const headers = Object.fromEntries(all.map(([name, value]) => [name, { type: 'string' as const, value }]));
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(data)) }));
}
