import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';

type Maybe = JsonValue | undefined;

export function isObject(value: Maybe): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function objectOf(value: Maybe): JsonObject {
  return isObject(value) ? value : {};
}

/** The objects of a list; none when it isn't one. */
export function objectsOf(value: Maybe): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The text, or nothing when it is anything else. */
export function textOf(value: Maybe): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The text, or an empty one. */
export function textOr(value: Maybe): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: Maybe): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function booleanOf(value: Maybe): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Parses text into an object; `undefined` when it isn't one. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The same without the members that are `undefined`. */
export function compact(fields: Readonly<Record<string, Maybe>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

/** A mistake in what the client sent. */
export function wrong(reason: string, param: string): Error {
  return relayErrors.invalid_body({ reason, param });
}
