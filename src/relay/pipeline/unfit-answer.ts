import type { LedgerUsage } from '../../journal/ledger-record.js';
import { relayErrors } from '../relay.errors.js';
import { CallFailure } from './call-failure.js';

const MAX_TOLD = 5;

/** A whole answer that is not in the format its caller asked for; it was paid for all the same. */
export class UnfitAnswer extends CallFailure {
  constructor(
    readonly faults: readonly string[],
    usage: LedgerUsage,
    /** Whether the call now has a body that asks for a better one. */
    readonly isAskedAgain: boolean,
    tries: number,
  ) {
    const told = faults.slice(0, MAX_TOLD).join('; ');
    const error = relayErrors.output_invalid({ tries, faults: told, param: 'output_format' });
    super({ outcome: 'upstream_error', errorClass: 'unfit', error }, usage);
  }
}
