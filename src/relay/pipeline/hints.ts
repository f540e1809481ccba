import type { IncomingHttpHeaders } from 'node:http';
import { parseMicros } from '../../common/money.js';
import type { Hints } from '../../routing/features.js';
import { MODES, type Mode } from '../../snapshot/routing-entry.js';
import { relayErrors } from '../relay.errors.js';

const MAX_LATENCY_MS = 3_600_000;
const MAX_WISHES = 20;

/** The wishes in the headers of a call whose token allows them; `null` when there are none. Throws `invalid_hint`. */
export function readHints(headers: IncomingHttpHeaders): Hints | null {
  const hints = {
    ...part(headers, 'x-waggle-mode', readMode),
    ...part(headers, 'x-waggle-max-cost', readCost),
    ...part(headers, 'x-waggle-max-latency', readLatency),
    ...part(headers, 'x-waggle-prefer', readWishes),
  };
  return Object.keys(hints).length === 0 ? null : hints;
}

/** The hint of a header, or what its value must be. */
type Reader = (text: string) => Hints | string;

function part(headers: IncomingHttpHeaders, header: string, read: Reader): Hints | undefined {
  const value = headers[header];
  if (typeof value !== 'string') return undefined;
  const hint = read(value.trim());
  if (typeof hint === 'string') throw relayErrors.invalid_hint({ header, rule: hint });
  return hint;
}

function readMode(text: string): Hints | string {
  return MODES.includes(text as Mode) ? { mode: text as Mode } : `one of ${MODES.join(', ')}`;
}

function readCost(text: string): Hints | string {
  const micros = parseMicros(text);
  return micros === undefined ? 'USD as a decimal number with up to six decimals' : { maxCostMicros: Number(micros) };
}

function readLatency(text: string): Hints | string {
  const ms = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return ms > 0 && ms <= MAX_LATENCY_MS ? { maxLatencyMs: ms } : `milliseconds from 1 to ${MAX_LATENCY_MS}`;
}

function readWishes(text: string): Hints | string {
  const prefer = text.split(',').map((wish) => wish.trim());
  const isList = prefer.length <= MAX_WISHES && prefer.every((wish) => wish !== '' && wish.length <= 300);
  return isList ? { prefer } : `up to ${MAX_WISHES} models or providers, with commas between`;
}
