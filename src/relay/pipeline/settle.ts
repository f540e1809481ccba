import type { AttemptRecord, LedgerEntry, LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { KeptResponses } from '../../responses/kept-responses.js';
import { endAttempt } from './attempt-end.js';
import type { Answering, Call, Capture, Verdict } from './call.js';
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

const DONE = Promise.resolve();

/** Puts a call on record, once. Only after it resolved may the last byte of the answer go out. */
export class Settle {
  constructor(
    private readonly journal: EntryJournal,
    private readonly estimator: Estimator,
    private readonly responses: Pick<KeptResponses, 'note'>,
  ) {}

  /** Rejects when the entry can't be kept at all. */
  run(call: Call, end: CallEnd): Promise<void> {
    if (call.ended) return DONE;
    call.ended = end;
    const { answering } = call;
    if (!answering) return this.file(call, end);
    if (!end.usage) return this.estimate(call, end, answering);
    endAttempt(call, answering, verdictOf(end, end.usage));
    return this.file(call, end);
  }

  private async estimate(call: Call, end: CallEnd, answering: Answering): Promise<void> {
    endAttempt(call, answering, verdictOf(end, await this.estimated(call, end)));
    return this.file(call, end);
  }

  private file(call: Call, end: CallEnd): Promise<void> {
    const request = new RequestRow(call, end);
    if (call.reservation) charge(call.reservation, request, call.attempts);
    const entry = call.keptId === undefined ? { request, attempts: call.attempts } : this.kept(call, request);
    return call.capture ? this.fileWith(call.capture, entry) : this.journal.append(entry);
  }

  private async fileWith(capture: Capture, entry: LedgerEntry): Promise<void> {
    const payload = await capture.seal();
    return this.journal.append(payload === undefined ? entry : { ...entry, payload });
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

function verdictOf({ outcome, errorCode, errorClass }: CallEnd, usage: LedgerUsage): Verdict {
  return { outcome, errorCode, errorClass: errorClass ?? null, usage };
}

/** What was set aside is spent or free from here on, and the ledger says what was spent. */
function charge(reservation: Reservation, request: RequestRow, attempts: readonly AttemptRecord[]): void {
  const charges = reservation.settle(attempts);
  if (!charges) return;
  request.worker_id = reservation.workerId;
  request.charges = charges;
}
