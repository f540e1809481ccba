import type { AttemptRecord } from '../../journal/ledger-record.js';
import type { JsonText } from '../../journal/json-text.js';
import { nanosOf } from '../../limits/book/amounts.js';
import type { Claim } from '../../limits/book/lease-book.js';
import { addRateHeaders } from '../../limits/book/rate-headers.js';
import type { Candidate } from '../../routing/candidate.js';
import type { AllowanceMetric } from '../../snapshot/allowances.js';
import { Charges } from './charges.js';

/** A part of a call's worst case, set aside. */
export interface CallClaim extends Claim {
  /** Counts only attempts at this provider or model. */
  readonly targetId: string | null;
}

/** How a target's own limits are asked, for what a call wants of them. */
export interface TargetHolds {
  /** Sets aside what is there; `undefined` when that is too little. */
  take(target: Candidate): readonly CallClaim[] | undefined;
  /** Waits for more where more may be had, and sets it aside; `undefined` when there is nothing to wait for. */
  ask(target: Candidate): Promise<readonly CallClaim[] | undefined> | undefined;
}

/** Says what a claim is charged that has used so much so far. */
export type Advance = (claim: CallClaim, used: number) => number;

/** What is set aside for a call under way. It is settled once, whichever way the call ends. */
export class Reservation {
  private target: Candidate | undefined;
  /** Slots of the targets that are called at the moment, by model. */
  private slots: Map<string, readonly CallClaim[]> | undefined;
  private isSettled = false;

  constructor(
    /** Whose leases they are; named in the ledger. */
    readonly workerId: string,
    /** From now on its own. */
    private readonly claims: CallClaim[],
    /** Absent where no target is limited. */
    private readonly targets?: TargetHolds,
  ) {}

  /** Takes over what was set aside for the target that is called first. */
  enter(target: Candidate, claims: readonly CallClaim[]): void {
    this.target = target;
    this.claims.push(...claims);
    const slots = claims.filter(({ counter }) => counter.entry.metric === 'concurrency');
    this.slots ??= new Map();
    this.slots.set(target.model.id, slots);
  }

  /**
   * Gets ready for an attempt at a target. False when that has nothing left. A call is at one target at a time and leaves
   * the slots of others, unless `isBeside`: what else it took of them is settled in the end.
   */
  moveTo(target: Candidate, isBeside = false): boolean {
    if (!this.targets || target === this.target) return true;
    const claims = this.targets.take(target);
    if (!claims) return false;
    if (!isBeside) this.leaveAll();
    this.enter(target, claims);
    return true;
  }

  /** Comes before `moveTo` where a call may wait: a target of which nothing is leased here yet is no saturated one. */
  ask(target: Candidate): Promise<void> | undefined {
    if (!this.targets || target === this.target) return undefined;
    return this.targets.ask(target)?.then((claims) => {
      if (!claims) return;
      this.leaveAll();
      this.enter(target, claims);
    });
  }

  /** One of two targets that were called is not called any more; the call stays with the other. */
  stayWith(target: Candidate, { model }: Pick<Candidate, 'model'>): void {
    if (!this.targets) return;
    this.leave(model.id);
    this.target = target;
  }

  private leaveAll(): void {
    if (this.slots) for (const modelId of this.slots.keys()) this.leave(modelId);
  }

  private leave(modelId: string): void {
    for (const claim of this.slots?.get(modelId) ?? []) {
      claim.counter.settle(claim.amount, 0);
      this.claims.splice(this.claims.indexOf(claim), 1);
    }
    this.slots?.delete(modelId);
  }

  /**
   * Spends what the attempts used and frees the rest, unless `advance` knows better. Returns what was charged, to be kept
   * with the call's row.
   */
  settle(attempts: readonly AttemptRecord[], advance?: Advance): JsonText | undefined {
    if (this.isSettled) return undefined;
    this.isSettled = true;
    const charges = new Charges();
    for (const claim of this.claims) {
      const { counter, amount, targetId } = claim;
      const used = usedOf(counter.entry.metric, attempts, targetId);
      const actual = advance ? advance(claim, used) : used;
      counter.settle(amount, actual);
      if (actual === 0 || counter.id === undefined || counter.entry.metric === 'concurrency') continue;
      charges.add(counter.id, actual);
    }
    return charges.record;
  }

  /** Says in the headers of an answer what is left of the limits on requests and tokens. */
  tell(headers: Record<string, string>): void {
    addRateHeaders(headers, this.claims, Date.now());
  }
}

/** What attempts came to. A call without an attempt used nothing; one with several is one request of its caller. */
function usedOf(metric: AllowanceMetric, attempts: readonly AttemptRecord[], targetId: string | null): number {
  let used = 0;
  let picos = 0n;
  for (const attempt of attempts) {
    if (targetId !== null && attempt.provider_id !== targetId && attempt.model_id !== targetId) continue;
    if (metric === 'money') picos += attempt.cost_picos ?? 0n;
    else used = metric === 'requests' && targetId === null ? 1 : used + unitsOf(metric, attempt);
  }
  return metric === 'money' ? nanosOf(picos) : used;
}

function unitsOf(metric: AllowanceMetric, attempt: AttemptRecord): number {
  if (metric === 'input_tokens') return attempt.input_tokens;
  if (metric === 'output_tokens') return attempt.output_tokens;
  if (metric === 'total_tokens') return attempt.input_tokens + attempt.output_tokens;
  return metric === 'seconds' ? 0 : 1;
}
