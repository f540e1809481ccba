import { callText } from './call-text.js';
import type { LedgerEntry } from './ledger-entry.js';

/** An entry with a longer text has its long strings cut; a capture is not counted. */
const LONG_TEXT = 16 * 1024;
const MAX_STRING = 1000;
/** Not yet in TypeScript's library: a JSON text that `stringify` prints as it stands. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };
const MAX_PAYLOAD = 8 * 1024 * 1024;

/**
 * The JSON text of an entry, ready for Postgres: costs as JSON integers of any size, without the characters that jsonb
 * refuses (NUL and lone surrogates). What request and attempt share, and what is usual, is left out where it can be
 * (`callText`); the careful way is taken only for texts that look as if they needed it.
 */
export function entryText(entry: LedgerEntry): string {
  const { request, attempts, feedback } = entry;
  if (feedback) return JSON.stringify({ feedback });
  let text = request ? callText(request, attempts) : undefined;
  text ??= JSON.stringify(plainEntry(entry));
  // A NUL prints as \u0000, a lone surrogate as \ud800 to \udfff; most texts have no backslash at all.
  const at = text.indexOf('\\');
  if (text.length > LONG_TEXT || (at >= 0 && (text.includes('\\u0000', at) || text.includes('\\ud', at)))) {
    text = JSON.stringify(plainEntry(entry), cleaned);
  }
  return withMore(text, entry);
}

function withMore(text: string, { payload, response, pending }: LedgerEntry): string {
  let more = '';
  if (response) more += `,"response":${JSON.stringify(response)}`;
  if (pending) more += `,"pending":${JSON.stringify(pending, cleaned)}`;
  if (payload !== undefined && payload.length <= MAX_PAYLOAD) more += `,"payload":${JSON.stringify(payload)}`;
  return more === '' ? text : `${text.slice(0, -1)}${more}}`;
}

function plainEntry({ request, attempts }: LedgerEntry): object {
  return { request: request && withCost(request), attempts: attempts.map(withCost) };
}

/** A copy whose cost JSON can print: `rawJSON` is slow, so it is kept for costs above $9,007. */
function withCost<T extends { cost_picos: bigint | null }>(record: T): object {
  const { cost_picos } = record;
  if (cost_picos === null) return record;
  const isSafe = cost_picos <= Number.MAX_SAFE_INTEGER && cost_picos >= Number.MIN_SAFE_INTEGER;
  return { ...record, cost_picos: isSafe ? Number(cost_picos) : rawJSON(String(cost_picos)) };
}

function cleaned(_: string, value: unknown): unknown {
  return typeof value === 'string' ? clean(value) : value;
}

function clean(text: string): string {
  return text.slice(0, MAX_STRING).replaceAll('\0', '').toWellFormed();
}
