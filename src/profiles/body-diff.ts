/** One place in which two bodies differ; `null` where there is nothing. */
export interface BodyChange {
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The differences of two JSON values, in the order of their keys. Objects are compared inside, lists by position. */
export function diffBodies(before: unknown, after: unknown, path = ''): BodyChange[] {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diffBodies(before[key], after[key], `${path}/${escaped(key)}`));
  }
  return same(before, after) ? [] : [{ path, before: before ?? null, after: after ?? null }];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function same(before: unknown, after: unknown): boolean {
  return (before ?? null) === (after ?? null);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
