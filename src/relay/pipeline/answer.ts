import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import type { InFlight } from '../client/in-flight.js';
import { addAnthropicLimits } from './anthropic-limits.js';
import type { Call } from './call.js';
import type { ClientAnswer } from './client-answer.js';

type Headers = Record<string, string>;

/** Sends the head of an answer, adding to `headers`. Every answer has our request id; one of a known profile its name. */
export function sendHead(call: Call, inFlight: InFlight, status: number, headers: Headers): void {
  headers['x-request-id'] = call.requestId;
  if (call.request.headers.origin !== undefined) headers['access-control-expose-headers'] = 'X-Request-ID';
  if (call.profile) headers['x-waggle-profile'] = call.profile.name;
  call.notes?.addTo(headers);
  if (call.cacheState) headers['x-waggle-cache'] = call.cacheState;
  call.reservation?.tell(headers);
  if (call.endpoint.dialect === 'anthropic-messages') addAnthropicHeaders(call, headers);
  if (call.outputCap !== undefined) headers['x-waggle-output-cap'] = String(call.outputCap);
  if (inFlight.isDraining || status === 408) headers['connection'] = 'close';
  call.response.writeHead(status, headers);
}

function addAnthropicHeaders({ requestId }: Call, headers: Headers): void {
  headers['request-id'] = requestId;
  addAnthropicLimits(headers, Date.now());
}

/** Up to this size a body goes out as one text with its head; the copy costs less than a second part of the write. */
const ONE_WRITE_BYTES = 16 * 1024;

/**
 * Sends the only part of a body. Gives a promise when it is still in this process: of its having left, or of its having
 * nowhere to go.
 */
export function sendWhole(response: ClientAnswer, body?: Buffer): Promise<void> | undefined {
  if (body && body.length <= ONE_WRITE_BYTES && response instanceof ServerResponse) {
    response.end(body.toString('latin1'), 'latin1');
  } else response.end(body);
  return response.writableLength > 0 && !response.destroyed ? leaving(response) : undefined;
}

async function leaving(response: ClientAnswer): Promise<void> {
  await Promise.race([once(response, 'finish'), once(response, 'close')]).catch(() => {});
}

/** Sends an answer of ours, unless nobody is left to hear it. */
export async function sendAnswer(
  call: Call,
  inFlight: InFlight,
  { status, headers, body }: { readonly status: number; readonly headers: Headers; readonly body: Buffer },
): Promise<void> {
  if (call.response.destroyed) return;
  call.firstByteMark = performance.now();
  sendHead(call, inFlight, status, { ...headers, 'content-length': String(body.length) });
  await sendWhole(call.response, body);
}
