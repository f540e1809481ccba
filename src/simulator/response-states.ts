import { UPSET, type JsonObject } from './answer.js';

const NOTHING_YET: JsonObject = { output: [], usage: null, incomplete_details: null };

/** A response that nobody has begun to make. */
export function asQueued(response: JsonObject): JsonObject {
  return { ...response, ...NOTHING_YET, status: 'queued' };
}

/** The same while it is being made. */
export function asInProgress(response: JsonObject): JsonObject {
  return { ...response, ...NOTHING_YET, status: 'in_progress' };
}

export function asCancelled(response: JsonObject): JsonObject {
  return { ...response, ...NOTHING_YET, status: 'cancelled' };
}

export function asFailed(response: JsonObject): JsonObject {
  return { ...response, ...NOTHING_YET, status: 'failed', error: { code: 'server_error', message: UPSET } };
}
