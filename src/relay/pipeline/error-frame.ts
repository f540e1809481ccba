import { errorBody, shownError } from '../client-error.js';
import type { Call } from './call.js';

/**
 * The last event of a stream that failed: an error that every SDK raises. Chat streams have no event names; the others
 * have, and their readers want a `type`.
 */
export function errorFrame(call: Call, error: unknown): Buffer {
  const { dialect, operation } = call.endpoint;
  const { status, ...shown } = shownError(dialect, error);
  if (dialect === 'anthropic-messages') {
    return frame('event: error\n', errorBody(dialect, { status, ...shown }, call.requestId));
  }
  if (dialect === 'openai-chat' || operation === 'completion') return frame('', { error: shown });
  const { code, message, param } = shown;
  return frame('event: error\n', { type: 'error', code, message, param, error: shown });
}

function frame(event: string, data: object): Buffer {
  return Buffer.from(`${event}data: ${JSON.stringify(data)}\n\n`);
}
