import type { JsonObject } from '../../../snapshot/snapshot.js';
import { namedEvent, type EarlyEnd, type StreamEnder } from './stream-ender.js';

/** Ends messages: the block that grows is closed, then come the stop reason and the end. */
export class MessageEnder implements StreamEnder {
  pass(): void {
    // The block that is open is that of the event which is too much.
  }

  end({ index = 0 }: JsonObject, { usage, note }: EarlyEnd): string {
    const delta = { stop_reason: 'max_tokens', stop_sequence: null };
    const last = { delta, usage: { output_tokens: usage.output_tokens }, waggle: note };
    return (
      namedEvent('content_block_stop', { index }) + namedEvent('message_delta', last) + namedEvent('message_stop', {})
    );
  }
}
