import { AppError } from '../../common/errors/app-error.js';
import { DecodeError, decodeBody } from '../body/decode-body.js';
import { JsonScanError } from '../body/json-scan.js';
import { MultipartError } from '../body/multipart-body.js';
import type { InFlight } from '../client/in-flight.js';
import type { BodyLimits } from '../client/read-body.js';
import { relayErrors } from '../relay.errors.js';
import { JsonCallBody, MultipartCallBody, type CallBody } from './call-body.js';
import type { Call } from './call.js';

/**
 * Looks at the few members of a body that the gateway needs. Returns a promise only when it has to be unpacked before.
 * Throws, or rejects with, what is wrong with it.
 */
export function takeBody(call: Call, sent: Buffer, limits: BodyLimits, inFlight: InFlight): Promise<void> | undefined {
  call.heldBytes += sent.length;
  if (call.request.headers['content-encoding'] !== undefined) return unpack(call, sent, limits, inFlight);
  try {
    call.body = parse(sent, call.request.headers['content-type'] ?? '');
    return undefined;
  } catch (error) {
    throw asCallerError(error, limits.maxBytes);
  }
}

async function unpack(call: Call, packed: Buffer, limits: BodyLimits, inFlight: InFlight): Promise<void> {
  const { 'content-encoding': encoding = '', 'content-type': type = '' } = call.request.headers;
  try {
    const raw = await decodeBody(packed, encoding, limits.maxBytes);
    if (raw !== packed) {
      call.heldBytes += raw.length;
      inFlight.hold(raw.length);
    }
    call.body = parse(raw, type);
  } catch (error) {
    throw asCallerError(error, limits.maxBytes, encoding);
  }
}

function parse(raw: Buffer, contentType: string): CallBody {
  const isForm = /^multipart\/form-data\b/i.test(contentType);
  return isForm ? new MultipartCallBody(raw, contentType) : new JsonCallBody(raw);
}

/** What is wrong with a body is the caller's to know. */
function asCallerError(error: unknown, limit: number, encoding = ''): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof JsonScanError || error instanceof MultipartError) {
    return relayErrors.invalid_body({ reason: error.message }, { cause: error });
  }
  if (!(error instanceof DecodeError)) return error;
  if (error.reason === 'unsupported') return relayErrors.unsupported_encoding({ encoding }, { cause: error });
  if (error.reason === 'too_large') return relayErrors.body_too_large({ limit }, { cause: error });
  return relayErrors.invalid_body({ reason: `The body is not valid ${encoding}.` }, { cause: error });
}
