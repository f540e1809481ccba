import { JsonScanError } from './json-scan.js';

/** The object, an empty one when there is none. Throws `JsonScanError` for anything else. */
export function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  return checked(value as Record<string, unknown>, typeof value === 'object' && !Array.isArray(value), name);
}

/** Throws for the first of the names that nobody knows. */
export function refuseStrangers([stranger]: readonly string[], path: string): void {
  if (stranger !== undefined) throw new JsonScanError(`There is no "${path}${stranger}" in an envelope.`);
}

/** The value, if it is right. */
export function checked<T>(value: T, isRight: boolean, path: string): T {
  if (!isRight) throw wrong(path);
  return value;
}

export function wrong(path: string): JsonScanError {
  return new JsonScanError(`"${path}" is not as it must be.`);
}
