import type { AttemptRecord, LedgerEntry, LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { KeptResponses } from '../../responses/kept-responses.js';
import { endAttempt } from './attempt-end.js';
import type { Call } from './call.js';
import type { CallEnd } from './call-end.js';
import type { Estimator } from './estimator.js';
import { keptResponse } from './references.js';
import { RequestRow } from './request-row.js';
import type { Reservation } from './reservation.js';

/** The part of the journal that the relay needs. */
export interface EntryJournal {
  /** Resolves once the entry is safe. */
  append(entry: LedgerEntry): Promise<void>;
  /** Whether an entry would be taken: not so when the disk is full. */
  isAccepting(): boolean;
}

/** Puts a call on record, once. Only after it resolved may the last byte of the answer go out. */
export class Settle {
  constructor(
    private readonly journal: EntryJournal,
    private readonly estimator: Estimator,
    private readonly responses: Pick<KeptResponses, 'note'>,
  ) {}

  async run(call: Call, end: CallEnd): Promise<void> {
    if (call.ended) return;
    call.ended = end;
    const { answering } = call;
    if (answering) {
      const usage = end.usage ?? (await this.estimated(call, end));
      const { outcome, errorCode, errorClass = null } = end;
      endAttempt(call, answering, { outcome, errorCode, errorClass, usage });
    }
    const request = new RequestRow(call, end);
    if (call.reservation) charge(call.reservation, request, call.attempts);
    const entry = call.keptId === undefined ? { request, attempts: call.attempts } : this.kept(call, request);
    const payload = call.capture && (await call.capture.seal());
    await this.journal.append(payload === undefined ? entry : { ...entry, payload });
  }

  /** The entry of a call whose answer its provider keeps. */
  private kept(call: Call, request: RequestRow): LedgerEntry {
    const response = keptResponse(call);
    if (response) this.responses.note(response);
    return { request, attempts: call.attempts, response };
  }

  /** Nothing is guessed for an answer that never came: providers don't bill those. */
  private async estimated(call: Call, { outcome, generated: generate }: CallEnd): Promise<LedgerUsage> {
    const generated = generate?.();
    const hasAnswer = outcome === 'ok' || (generated !== undefined && generated.text !== '');
    return hasAnswer ? this.estimator.estimate(call, generated) : NO_USAGE;
  }
}

/** What was set aside is spent or free from here on, and the ledger says what was spent. */
function charge(reservation: Reservation, request: RequestRow, attempts: readonly AttemptRecord[]): void {
  const charges = reservation.settle(attempts);
  if (!charges) return;
  request.worker_id = reservation.workerId;
  request.charges = charges;
}
