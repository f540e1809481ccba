import { randomUUIDv7 } from 'node:crypto';

/** A new row id: UUID version 7 (RFC 9562), so that ids sort by time of creation. */
export function newId(): string {
  return randomUUIDv7();
}
