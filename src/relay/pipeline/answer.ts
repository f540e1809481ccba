import { once } from 'node:events';
import type { InFlight } from '../client/in-flight.js';
import type { Call } from './call.js';
import type { ClientAnswer } from './client-answer.js';

type Headers = Record<string, string>;

/** Sends the head of an answer, adding to `headers`. Every answer has our request id; one of a known profile its name. */
export function sendHead(call: Call, inFlight: InFlight, status: number, headers: Headers): void {
  headers['x-request-id'] = call.requestId;
  if (call.endpoint.dialect === 'anthropic-messages') headers['request-id'] = call.requestId;
  headers['access-control-expose-headers'] = 'X-Request-ID';
  if (call.profile) headers['x-waggle-profile'] = call.profile.name;
  call.notes?.addTo(headers);
  if (call.cacheState) headers['x-waggle-cache'] = call.cacheState;
  if (call.reservation) Object.assign(headers, call.reservation.headers);
  if (call.outputCap !== undefined) headers['x-waggle-output-cap'] = String(call.outputCap);
  if (inFlight.isDraining || status === 408) headers['connection'] = 'close';
  call.response.writeHead(status, headers);
}

/** Sends the only part of a body, and waits until it has left this process or has nowhere to go. */
export async function sendWhole(response: ClientAnswer, body?: Buffer): Promise<void> {
  response.end(body);
  if (response.writableLength > 0 && !response.destroyed) {
    await Promise.race([once(response, 'finish'), once(response, 'close')]).catch(() => {});
  }
}
