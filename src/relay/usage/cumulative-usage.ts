import type { LedgerUsage } from '../../journal/ledger-record.js';
import { isFields, type Fields } from './usage-fields.js';
import type { UsageReader } from './usage-reader.js';

/**
 * What a stream has said so far, where later counts repeat earlier ones, larger by now, or leave them out: Anthropic's
 * `message_delta` those of `message_start`. A zero or `null` never takes back what was known.
 */
export class CumulativeUsage {
  private known: Fields = {};
  private usage: LedgerUsage | undefined;

  constructor(private readonly reader: UsageReader) {}

  /** Takes another `usage` object. */
  take(value: unknown): void {
    if (!isFields(value)) return;
    const said = Object.entries(value).filter(([name, part]) => part !== null && (part !== 0 || !(name in this.known)));
    this.known = { ...this.known, ...Object.fromEntries(said) };
    this.usage = this.reader(this.known);
  }

  read(): LedgerUsage | undefined {
    return this.usage;
  }
}
