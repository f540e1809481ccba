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
  const ofCaller = claims.find(({ counter }) => isStrict(counter.entry))?.counter.entry;
  let name = ofCaller?.name;
  const priced = call.candidates.filter((candidate) => {
    const strict = ofCaller ?? ofTarget(call, candidate);
    if (!strict || isPriced(call, candidate)) return true;
    name = strict.name;
    return false;
  });
  if (priced.length === call.candidates.length) return;
  if (priced.length === 0) throw priceUnknown(name ?? '');
  call.candidates = priced;
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
