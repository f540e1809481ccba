import { isArraySpan, parseSpan, scanArray, scanObject, type Span } from '../body/json-scan.js';

/** The type of an item of a response that is a search in the web; each is billed, and `usage` doesn't have them. */
const SEARCH = 'web_search_call';

/** The event that ends each search of a streamed response. */
export const SEARCH_EVENT = `response.${SEARCH}.completed`;

/** How many searches a response's `output` has. Nothing is looked through where the word isn't there. */
export function searchesIn(raw: Buffer, output: Span | undefined): number {
  if (!output || !isArraySpan(raw, output)) return 0;
  const at = raw.indexOf(SEARCH, output.start);
  if (at === -1 || at >= output.end) return 0;
  return scanArray(raw, output).filter((item) => typeOf(raw, item) === SEARCH).length;
}

function typeOf(raw: Buffer, item: Span): unknown {
  if (raw[item.start] !== 0x7b) return undefined;
  const type = scanObject(raw, item.start, item.end).get('type');
  return type && parseSpan(raw, type);
}
