import type { Operation } from '../../snapshot/snapshot.js';
import { toOpenAiError } from '../relay.errors.js';

/**
 * The last event of a stream that failed: an error that every SDK raises. Chat streams have no event names; the others
 * have, and their readers want a `type`.
 */
export function errorFrame(operation: Operation, error: unknown): Buffer {
  const { status: _, ...shown } = toOpenAiError(error);
  if (operation === 'chat' || operation === 'completion') return frame('', { error: shown });
  const { code, message, param } = shown;
  return frame('event: error\n', { type: 'error', code, message, param, error: shown });
}

function frame(event: string, data: object): Buffer {
  return Buffer.from(`${event}data: ${JSON.stringify(data)}\n\n`);
}
