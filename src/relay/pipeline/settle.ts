import type { LedgerEntry } from '../../journal/ledger-entry.js';
import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { KeptResponses } from '../../responses/kept-responses.js';
import type { PendingResponses } from '../../responses/pending-responses.js';
import { advanceFor } from './advance.js';
import { endAttempt } from './attempt-end.js';
import type { Answering, Call, Capture, Verdict } from './call.js';
import type { CallEnd } from './call-end.js';
import type { Estimator } from './estimator.js';
import { keptResponse } from './references.js';
import { RequestRow } from './request-row.js';
import type { Reservation } from './reservation.js';
import { pendingEntry } from './unfinished.js';

/** The part of the journal that the relay needs. */
export interface EntryJournal {
  /** Resolves once the entry is safe. */
  append(entry: LedgerEntry): Promise<void>;
  /** Whether an entry would be taken: not so when the disk is full. */
  isAccepting(): boolean;
}

/** What the stage needs of the house. */
export interface SettleParts {
  readonly journal: EntryJournal;
  readonly estimator: Estimator;
  readonly responses: Pick<KeptResponses, 'note'>;
  readonly pending: Pick<PendingResponses, 'note'>;
  /** How long a response may take that is made after its call. */
  readonly maxAgeMs: number;
}

const DONE = Promise.resolve();

/** Puts a call on record, once. Only after it resolved may the last byte of the answer go out. */
export class Settle {
  constructor(private readonly parts: SettleParts) {}

  /** Rejects when the entry can't be kept at all. */
  run(call: Call, end: CallEnd): Promise<void> {
    if (call.ended) return DONE;
    call.ended = end;
    const { answering } = call;
    if (!answering) return this.file(call, end);
    if (call.unfinished) return this.leave(call, end, answering);
    if (!end.usage) return this.estimate(call, end, answering);
    endAttempt(call, answering, verdictOf(end, end.usage));
    return this.file(call, end);
  }

  private async estimate(call: Call, end: CallEnd, answering: Answering): Promise<void> {
    endAttempt(call, answering, verdictOf(end, await this.estimated(call, end)));
    return this.file(call, end);
  }

  /** What it used is known later; the prompt is counted now, as nobody has it then. */
  private async leave(call: Call, end: CallEnd, answering: Answering): Promise<void> {
    const { input_tokens } = await this.parts.estimator.estimate(call, undefined);
    call.unfinished!.promptTokens = input_tokens;
    endAttempt(call, answering, verdictOf(end, NO_USAGE));
    return this.file(call, end);
  }

  private file(call: Call, end: CallEnd): Promise<void> {
    const request = new RequestRow(call, end);
    if (call.reservation) charge(call.reservation, request, call);
    const entry = call.keptId === undefined ? { request, attempts: call.attempts } : this.kept(call, request);
    return call.capture ? this.fileWith(call.capture, entry) : this.parts.journal.append(entry);
  }

  private async fileWith(capture: Capture, entry: LedgerEntry): Promise<void> {
    const payload = await capture.seal();
    return this.parts.journal.append(payload === undefined ? entry : { ...entry, payload });
  }

  /** The entry of a call whose answer its provider keeps. */
  private kept(call: Call, request: RequestRow): LedgerEntry {
    const { responses, pending, maxAgeMs } = this.parts;
    const response = keptResponse(call);
    if (response) responses.note(response);
    if (!call.unfinished) return { request, attempts: call.attempts, response };
    const entry = pendingEntry(call, call.unfinished, maxAgeMs);
    pending.note(entry);
    call.unfinished.isNoted = true;
    return { request, attempts: call.attempts, response, pending: entry };
  }

  /** Nothing is guessed for an answer that never came: providers don't bill those. */
  private async estimated(call: Call, { outcome, generated: generate }: CallEnd): Promise<LedgerUsage> {
    const generated = generate?.();
    const hasAnswer = outcome === 'ok' || (generated !== undefined && generated.text !== '');
    return hasAnswer ? this.parts.estimator.estimate(call, generated) : NO_USAGE;
  }
}

function verdictOf({ outcome, errorCode, errorClass }: CallEnd, usage: LedgerUsage): Verdict {
  return { outcome, errorCode, errorClass: errorClass ?? null, usage };
}

/** What was set aside is spent or free from here on, and the ledger says what was spent. */
function charge(reservation: Reservation, request: RequestRow, call: Call): void {
  const charges = reservation.settle(call.attempts, call.unfinished && advanceFor(call));
  if (!charges) return;
  request.worker_id = reservation.workerId;
  request.charges = charges;
}
