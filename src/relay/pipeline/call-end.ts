import { codeOf } from '../relay.errors.js';
import type { Trouble } from './call-failure.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import type { LedgerUsage, Outcome } from '../../journal/ledger-record.js';

/** How a call ended. */
export interface CallEnd {
  /** What the client gets; 499 when it has left. */
  readonly status: number;
  readonly outcome: Outcome;
  readonly errorCode: string | null;
  /** Safe to show. */
  readonly errorMessage: string | null;
  /** Whose fault it was; left out when nothing went wrong, or only we did. */
  readonly errorClass?: ErrorClass;
  /** What the upstream said was used. */
  readonly usage?: LedgerUsage | undefined;
  /** Gives what was generated, to be counted when the upstream said nothing. */
  readonly generated?: () => Generated | undefined;
}

/** Generated text, still escaped as JSON, and how many bytes of it were not kept. */
export interface Generated {
  readonly text: string;
  readonly omittedBytes: number;
}

/** The end of an answer of `status`, whether or not there was trouble with it. */
export function endedWith(status: number, trouble: Trouble | undefined): CallEnd {
  if (!trouble) return { status, outcome: 'ok', errorCode: null, errorMessage: null };
  const { outcome, error, errorClass } = trouble;
  return { status, outcome, errorCode: codeOf(error), errorMessage: error.message, errorClass };
}
