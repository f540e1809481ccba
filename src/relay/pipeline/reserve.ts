import { AppError } from '../../common/errors/app-error.js';
import type { Grants } from '../../limits/book/grants.js';
import type { LeaseBook } from '../../limits/book/lease-book.js';
import { addRateHeaders } from '../../limits/book/rate-headers.js';
import { refusalOf } from '../../limits/book/refusal.js';
import type { Candidate } from '../../routing/candidate.js';
import type { AllowanceEntry } from '../../snapshot/allowances.js';
import { limitErrors } from '../limit.errors.js';
import type { Call } from './call.js';
import { Reservation, type CallClaim, type TargetHolds } from './reservation.js';
import { metadataSubject } from './metadata-subject.js';
import { passOverUnpriced } from './unpriced.js';
import { QUEUE_MS, TargetQueue } from './target-queue.js';
import { WorstCase } from './worst-case.js';

/** How often a call asks for more, when others are quicker. */
const MOST_ASKS = 20;
const RETRY_AFTER_SECONDS = 1;
const OF_OUTPUT: ReadonlySet<string> = new Set(['output_tokens', 'total_tokens', 'money']);

/**
 * Sets the worst case of a call aside in every allowance that matches it. As long as leases cover it that is done in
 * memory; else the call waits for a grant, and is refused when there is none to be had.
 */
export class Reserve {
  constructor(
    private readonly book: LeaseBook,
    private readonly grants: Grants,
    private readonly queue = new TargetQueue(),
  ) {}

  /** Returns a promise only when the call has to wait. Throws, or rejects with, a 429 or 503. */
  run(call: Call): Promise<void> | undefined {
    if (call.snapshot.allowances.size === 0) return undefined;
    const now = Date.now();
    const claims = this.claimsOf(call, now);
    passOverUnpriced(call, claims);
    const lacking = this.book.hold(claims, now) as CallClaim | undefined;
    if (lacking) return this.wait(call, claims, lacking);
    return this.goOn(call, claims);
  }

  private async wait(call: Call, claims: CallClaim[], lacking: CallClaim): Promise<void> {
    await this.obtain(claims, lacking);
    await this.goOn(call, claims);
  }

  /** Waits until everything is set aside. Rejects when there is no more to be had. */
  private async obtain(claims: readonly CallClaim[], first: CallClaim): Promise<void> {
    let lacking: CallClaim | undefined = first;
    for (let asks = 0; lacking; asks++) {
      const now = Date.now();
      if (asks === MOST_ASKS || now < lacking.counter.dryUntil) {
        this.book.refused += 1;
        throw refused(claims, lacking, now);
      }
      if (!(await this.grants.more(lacking))) return this.withoutPostgres(claims, lacking);
      lacking = this.book.hold(claims, Date.now()) as CallClaim | undefined;
    }
  }

  /** Nobody knows what is left: an allowance that stays open counts on, a closed one refuses. */
  private withoutPostgres(claims: readonly CallClaim[], lacking: CallClaim): void {
    const isOpen = ({ counter }: CallClaim): boolean => counter.entry.onPostgresDown === 'open';
    const others = claims.filter((claim) => !isOpen(claim));
    const missing = isOpen(lacking) ? this.book.hold(others, Date.now()) : lacking;
    if (missing) {
      this.book.refused += 1;
      const { name } = missing.counter.entry;
      throw limitErrors.allowance_unavailable({ name, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.book.opened += 1;
    for (const claim of claims) if (isOpen(claim)) claim.counter.hold(claim.amount);
  }

  /** All that is the caller's is set aside; what is left is where it may go. */
  private goOn(call: Call, claims: CallClaim[]): Promise<void> | undefined {
    const isLimited = call.snapshot.allowances.limitsTargets && isAnyLimited(call);
    if (claims.length === 0 && !isLimited) return undefined;
    call.reservation = new Reservation(this.book.workerId, claims, isLimited ? this.targetsOf(call) : undefined);
    return isLimited ? this.enterTarget(call, call.reservation, { from: 0 }) : undefined;
  }

  /** Finds the first target with something left; asks for what isn't leased here. Later ones are held when it is their turn. */
  private enterTarget(
    call: Call,
    reservation: Reservation,
    { from, lacked }: { readonly from: number; readonly lacked?: CallClaim },
  ): Promise<void> | undefined {
    const now = Date.now();
    let first = lacked;
    for (let i = from; i < call.candidates.length; i++) {
      const claims = this.claimsOfTarget(call, call.candidates[i]!, now);
      const lacking = this.book.hold(claims, now) as CallClaim | undefined;
      if (!lacking) {
        enter(call, reservation, { index: i, claims });
        return undefined;
      }
      first ??= lacking;
      if (now >= lacking.counter.dryUntil) {
        const next = { from: i + 1, lacked: first };
        return this.obtain(claims, lacking).then(
          () => enter(call, reservation, { index: i, claims }),
          (error: unknown) => (isRefusal(error) ? this.enterTarget(call, reservation, next) : Promise.reject(error)),
        );
      }
    }
    if (!first) throw new Error('a resolved call has candidates');
    return this.queueUp(call, reservation, first);
  }

  /** All targets are saturated. Where that may be over in a moment, the call waits for its turn; else it is refused. */
  private async queueUp(call: Call, reservation: Reservation, lacking: CallClaim): Promise<void> {
    const { counter } = lacking;
    const mayClear = counter.entry.metric === 'concurrency' || counter.span.end - Date.now() <= QUEUE_MS;
    const tryToEnter = (): boolean => this.tryTargets(call, reservation);
    const isGone = (): boolean => call.cut !== undefined;
    const tokenId = call.token?.id ?? '';
    if (mayClear && (await this.queue.wait({ tokenId, tryToEnter, isGone }))) return;
    this.book.refused += 1;
    throw refused([lacking], lacking, Date.now());
  }

  private tryTargets(call: Call, reservation: Reservation): boolean {
    for (const [index, candidate] of call.candidates.entries()) {
      const claims = this.holdTarget(call, candidate);
      if (!claims) continue;
      enter(call, reservation, { index, claims });
      return true;
    }
    return false;
  }

  /** What a target further down the list wants; `undefined` when there is nothing left of it. */
  private holdTarget(call: Call, candidate: Candidate): readonly CallClaim[] | undefined {
    const now = Date.now();
    const claims = this.claimsOfTarget(call, candidate, now);
    const lacking = this.book.hold(claims, now);
    if (!lacking) return claims;
    lacking.counter.missed(lacking.amount);
    if (now >= lacking.counter.dryUntil) this.book.wish(lacking.counter);
    return undefined;
  }

  private targetsOf(call: Call): TargetHolds {
    return { take: (target) => this.holdTarget(call, target), ask: (target) => this.askFor(call, target) };
  }

  private askFor(call: Call, candidate: Candidate): Promise<readonly CallClaim[] | undefined> | undefined {
    const now = Date.now();
    const claims = this.claimsOfTarget(call, candidate, now);
    const lacking = this.book.lacking(claims, now);
    if (!lacking || now < lacking.counter.dryUntil) return undefined;
    const none = (error: unknown): undefined => {
      if (!(error instanceof AppError)) throw error; // else there is no more, or nobody knows
    };
    return this.obtain(claims, lacking).then(() => claims, none);
  }

  private claimsOf(call: Call, now: number): CallClaim[] {
    const { token, profile, snapshot } = call;
    if (!token || !profile) throw new Error('a call is resolved before anything is set aside for it');
    const { allowances } = snapshot;
    const claims: CallClaim[] = [];
    const plain = { subject: '', targetId: null, now };
    for (const entry of allowances.ofCaller(token)) this.claim(claims, call, entry, plain);
    for (const entry of allowances.of(profile.id)) this.claim(claims, call, entry, plain);
    for (const entry of allowances.ofMetadata(token.tenantId)) {
      const subject = metadataSubject(entry, call);
      if (subject !== undefined) this.claim(claims, call, entry, { subject, targetId: null, now });
    }
    return claims;
  }

  private claimsOfTarget(call: Call, { provider, model }: Candidate, now: number): CallClaim[] {
    const { allowances } = call.snapshot;
    const claims: CallClaim[] = [];
    for (const targetId of [provider.id, model.id]) {
      for (const entry of allowances.of(targetId)) this.claim(claims, call, entry, { subject: '', targetId, now });
    }
    return claims;
  }

  private claim(claims: CallClaim[], call: Call, entry: AllowanceEntry, { subject, targetId, now }: ClaimOf): void {
    if (entry.projectId !== null && entry.projectId !== call.token?.projectId) return;
    call.worstCase ??= new WorstCase(call);
    if (entry.isHard && OF_OUTPUT.has(entry.metric)) {
      call.outputCap = call.worstCase.outputCap;
      call.outputHolder ??= entry;
    }
    const counter = this.book.counterOf(entry, subject, now);
    claims.push({ counter, amount: call.worstCase.of(entry.metric), targetId });
  }
}

interface ClaimOf {
  readonly subject: string;
  readonly targetId: string | null;
  readonly now: number;
}

function isAnyLimited({ snapshot: { allowances }, candidates }: Call): boolean {
  return candidates.some(
    ({ provider, model }) => allowances.of(provider.id).length > 0 || allowances.of(model.id).length > 0,
  );
}

/** Targets before the one that has something left are none any more. */
function enter(
  call: Call,
  reservation: Reservation,
  { index, claims }: { readonly index: number; readonly claims: readonly CallClaim[] },
): void {
  reservation.enter(call.candidates[index]!, claims);
  if (index > 0) call.candidates = call.candidates.slice(index);
}

/** Whether there is no more to be had, as opposed to nobody knowing. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.status === 429;
}

function refused(claims: readonly CallClaim[], lacking: CallClaim, now: number): Error {
  const { kind, message, retryAfterSeconds } = refusalOf(lacking, now);
  const headers: Record<string, string> = {};
  addRateHeaders(headers, claims, now);
  if (retryAfterSeconds !== null) headers['retry-after'] = String(retryAfterSeconds);
  if (kind === 'quota') {
    headers['x-should-retry'] = 'false';
    return limitErrors.insufficient_quota({ message, headers, type: 'insufficient_quota' });
  }
  const type = lacking.counter.entry.metric.endsWith('_tokens') ? 'tokens' : 'requests';
  return limitErrors.rate_limit_exceeded({ message, headers, type });
}
