import { NO_USAGE } from '../../journal/no-usage.js';
import type { Candidate } from '../../routing/candidate.js';
import { costOf, priceAt } from '../../routing/cost.js';
import type { AllowanceEntry } from '../../snapshot/allowances.js';
import type { Operation, PriceEntry } from '../../snapshot/snapshot.js';
import { limitErrors } from '../limit.errors.js';
import type { Call } from './call.js';
import type { CallClaim } from './reservation.js';

const ONE_OF_EACH = { ...NO_USAGE, input_tokens: 1, output_tokens: 1 };
const WRITING: ReadonlySet<Operation> = new Set<Operation>(['chat', 'completion', 'responses']);

/**
 * Takes targets off the list whose price nobody knows, where an allowance of money applies that does not want them: what
 * they use could not be counted. Throws `price_unknown` when no other is left.
 */
export function passOverUnpriced(call: Call, claims: readonly CallClaim[]): void {
  if (call.endpoint.isFree) return;
  const ofCaller = strictOf(claims);
  if (!ofCaller && !call.snapshot.allowances.limitsTargets) return;
  if (areAllPriced(call, ofCaller)) return;
  const priced = call.candidates.filter((candidate) => !refusing(call, candidate, ofCaller));
  if (priced.length === 0) throw priceUnknown(refusing(call, call.candidates.at(-1)!, ofCaller)?.name ?? '');
  call.candidates = priced;
}

function strictOf(claims: readonly CallClaim[]): AllowanceEntry | undefined {
  for (const { counter } of claims) if (isStrict(counter.entry)) return counter.entry;
  return undefined;
}

/** As nearly always; a loop, since a list for each call would cost more than all that is asked. */
function areAllPriced(call: Call, ofCaller: AllowanceEntry | undefined): boolean {
  for (const candidate of call.candidates) if (refusing(call, candidate, ofCaller)) return false;
  return true;
}

/** The allowance that does not want a target, since its price is unknown. */
function refusing(call: Call, candidate: Candidate, ofCaller: AllowanceEntry | undefined): AllowanceEntry | undefined {
  const strict = ofCaller ?? ofTarget(call, candidate);
  return strict && !isPriced(call, candidate) ? strict : undefined;
}

function ofTarget({ snapshot: { allowances } }: Call, { provider, model }: Candidate): AllowanceEntry | undefined {
  return allowances.of(model.id).find(isStrict) ?? allowances.of(provider.id).find(isStrict);
}

function isStrict({ metric, isHard, allowsUnpriced }: AllowanceEntry): boolean {
  return metric === 'money' && isHard && !allowsUnpriced;
}

function isPriced({ profile, startedAt, operation }: Call, { model }: Candidate): boolean {
  const price = profile?.priceOverride ?? priceAt(model.prices, startedAt);
  return price !== null && (!WRITING.has(operation) || pricesText(price));
}

const known = new WeakMap<PriceEntry, boolean>();

/** Whether it has a price for what is read and for what is written. */
function pricesText(price: PriceEntry): boolean {
  let found = known.get(price);
  if (found === undefined) known.set(price, (found = costOf(price, ONE_OF_EACH) !== null));
  return found;
}

function priceUnknown(name: string): Error {
  const message = `The model has no price, and the allowance "${name}" lets nothing through whose price is unknown.`;
  return limitErrors.price_unknown({
    message,
    type: 'insufficient_quota',
    headers: { 'x-should-retry': 'false' },
  });
}
