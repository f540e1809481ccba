/** A member of the record itself: what every object inherits (`constructor`, `toString`) is none, whatever name the caller chose. */
export function ownMember<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
