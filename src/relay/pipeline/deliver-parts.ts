import type { Background } from '../background/background.js';
import type { InFlight } from '../client/in-flight.js';
import { faultOf } from '../upstream/failures.js';
import type { Answering, Call } from './call.js';
import { CallFailure } from './call-failure.js';
import type { Estimator } from './estimator.js';
import type { Formats } from './formats.js';
import type { Settle } from './settle.js';

/** What the stage needs of the house. */
export interface DeliverParts {
  readonly settle: Settle;
  readonly inFlight: InFlight;
  /** Counts what was generated of an answer that we end. */
  readonly estimator: Estimator;
  /** The largest answer that is read whole. */
  readonly maxAnswerBytes: number;
  readonly maxBytesInFlight: number;
  readonly formats: Formats;
  /** Hears how responses stand that clients are shown. */
  readonly background: Background;
}

/** The name that the answer's model gets; `null` leaves the upstream's. */
export function answerModel({ profile }: Call): string | null {
  return profile?.responseModel === 'profile' ? profile.name : null;
}

/** An upstream answered with something that nobody can use. */
export function providerFault({ provider }: Answering, what: string): CallFailure {
  return new CallFailure(faultOf(provider.name, what));
}
