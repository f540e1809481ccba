import { openEnvelope, type Opened } from '../body/envelope.js';
import { JsonScanError } from '../body/json-scan.js';
import type { InFlight } from '../client/in-flight.js';
import { relayErrors } from '../relay.errors.js';
import { JsonCallBody } from './call-body.js';
import { CallFormat } from './call-format.js';
import type { Call } from './call.js';

/** Takes a call of `POST /v1/chat` out of its envelope. Throws when its token may not wish what is in it. */
export function takeEnvelope(call: Call, inFlight: InFlight): void {
  const { body, hints, format } = opened(call.body!.raw);
  if (Object.keys(hints).length > 0) {
    if (!call.token?.allowsHints) throw relayErrors.hints_not_allowed();
    call.directed = hints;
  }
  if (format) call.format = new CallFormat(format);
  call.heldBytes += body.length;
  inFlight.hold(body.length);
  call.body = new JsonCallBody(body);
}

function opened(raw: Buffer): Opened {
  try {
    return openEnvelope(raw);
  } catch (error) {
    if (error instanceof JsonScanError) throw relayErrors.invalid_body({ reason: error.message }, { cause: error });
    throw error;
  }
}
