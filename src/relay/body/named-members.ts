import { JsonScanError, walkObject, type Span } from './json-scan.js';

/** A name as it stands in most bodies, and where its span goes. */
interface Wanted {
  readonly bytes: Buffer;
  readonly index: number;
}

/** Where some members of an object are. */
export interface NamedMembers<Name extends string> {
  get(name: Name): Span | undefined;
}

/**
 * Finds members by names that are known beforehand, which costs less than making a text of every name there is. Throws
 * `JsonScanError` for what is no JSON object, and when one of them is there twice.
 */
export function memberFinder<Name extends string>(names: readonly Name[]): (raw: Buffer) => NamedMembers<Name> {
  const indexes = new Map(names.map((name, index) => [name, index]));
  const wanted = names.map((name, index): Wanted => ({ bytes: Buffer.from(name), index }));
  const byLength: readonly (readonly Wanted[])[] = Array.from(
    { length: 1 + Math.max(...names.map((name) => name.length)) },
    (_, length) => wanted.filter(({ bytes }) => bytes.length === length),
  );
  return (raw) => {
    const spans: (Span | undefined)[] = [];
    walkObject(raw, { start: 0, end: raw.length }, (keyStart, keyEnd, start, end) => {
      for (const { bytes, index } of byLength[keyEnd - keyStart] ?? []) {
        if (!isAt(raw, keyStart, bytes)) continue;
        if (spans[index]) throw new JsonScanError(`The member "${names[index]}" appears twice.`);
        spans[index] = { start, end };
      }
    });
    return { get: (name) => spans[indexes.get(name) ?? -1] };
  };
}

function isAt(raw: Buffer, start: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (raw[start + i] !== bytes[i]) return false;
  return true;
}
