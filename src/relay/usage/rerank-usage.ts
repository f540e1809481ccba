import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { countOf, isFields } from './usage-fields.js';

/**
 * Reads Cohere's `meta`: tokens where it says so. Mostly it bills searches, which are requests here: then nothing is
 * counted, but its provider has spoken.
 */
export function readRerankMeta(value: unknown): LedgerUsage | undefined {
  if (!isFields(value) || !isFields(value.billed_units)) return undefined;
  const { input_tokens: input, output_tokens: output } = value.billed_units;
  return {
    ...NO_USAGE,
    usage_source: 'provider',
    input_tokens: countOf(input) ?? 0,
    output_tokens: countOf(output) ?? 0,
  };
}
