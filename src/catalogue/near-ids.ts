const MOST = 5;
const LEAST_LIKENESS = 0.3;

/** `-2024-08-06`, `-20240806`, `-0613`, `@001`, `-latest`: what providers append to a model's name. */
const VERSION_SUFFIX = /(?:[-@:](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{6}|\d{4}|\d{3}|latest|preview))+$/;

/** The id without its date or version, and without the maker in front (`openai/gpt-4o`). */
export function baseId(id: string): string {
  return id.toLowerCase().replace(/^.*\//, '').replace(VERSION_SUFFIX, '');
}

/** Up to five ids that may have been meant, the likeliest first: other case, other version, similar spelling. */
export function nearIds(wanted: string, known: readonly string[]): string[] {
  const [folded, base] = [wanted.toLowerCase(), baseId(wanted)];
  const grams = trigrams(base);
  return known
    .map((id) => ({ id, likeness: likeness(id, { folded, base, grams }) }))
    .filter(({ likeness: value }) => value >= LEAST_LIKENESS)
    .toSorted((a, b) => b.likeness - a.likeness || a.id.length - b.id.length || (a.id < b.id ? -1 : 1))
    .slice(0, MOST)
    .map(({ id }) => id);
}

function likeness(id: string, wanted: { folded: string; base: string; grams: ReadonlySet<string> }): number {
  if (id.toLowerCase() === wanted.folded) return 3;
  const base = baseId(id);
  if (base === wanted.base) return 2;
  return dice(trigrams(base), wanted.grams);
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3)));
}

/** How much two sets share: 0 nothing, 1 everything. */
function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return (2 * [...a].filter((gram) => b.has(gram)).length) / (a.size + b.size);
}
