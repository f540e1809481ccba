/** A JSON object of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole, non-negative number; numeric texts are taken too, since some servers send them. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return Math.min(Math.max(0, Math.trunc(number)), Number.MAX_SAFE_INTEGER);
}

/** How many different texts a list has, empty ones aside. */
export function textsOf(value: unknown): number | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Set(value.filter((text) => typeof text === 'string' && text !== '')).size;
}

/** A length of time in seconds, parts of them included. */
export function secondsOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number < 1e9 ? number : undefined;
}
