import type { LedgerUsage, BackgroundState } from '../../journal/ledger-record.js';
import { readAnswer } from '../answer/plain-answer.js';
import { outputTextOf } from '../answer/text-tap.js';
import { objectOf, parseObject, textOf } from '../translate/json.js';

const KIND = { operation: 'responses', dialect: 'openai-responses' } as const;
const UNDER_WAY: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
const ENDS: ReadonlySet<unknown> = new Set<BackgroundState>(['completed', 'incomplete', 'failed', 'cancelled']);
const MAX_CODE = 100;

/** How a response has ended, as its provider shows it. */
export interface ResponseEnd {
  readonly state: BackgroundState;
  /** `undefined` when the provider does not say. */
  readonly usage: LedgerUsage | undefined;
  /** What was written until then, escaped as JSON. */
  readonly generated: string;
  readonly errorCode: string | null;
}

/** Whether a response was not finished when it was shown. */
export function isUnderWay(raw: Buffer): boolean {
  return UNDER_WAY.has(parseObject(raw.toString())?.['status']);
}

/** Reads how a response has ended; `undefined` while it is still being made, or when that can't be told. */
export function endOf(raw: Buffer): ResponseEnd | undefined {
  const { status, error } = parseObject(raw.toString()) ?? {};
  if (!ENDS.has(status)) return undefined;
  const { usage, generated } = readAnswer(KIND, raw, null);
  const errorCode = textOf(objectOf(error)['code'])?.slice(0, MAX_CODE) ?? null;
  return {
    state: status as BackgroundState,
    usage,
    generated: generated ? outputTextOf(generated).text : '',
    errorCode,
  };
}

/** The response that a last event carries; `undefined` when it has none. */
export function responseIn(event: Buffer): Buffer | undefined {
  const [, data] = /^data: ?(.*)$/m.exec(event.toString()) ?? [];
  const { response } = parseObject(data ?? '') ?? {};
  return response === undefined ? undefined : Buffer.from(JSON.stringify(response));
}
