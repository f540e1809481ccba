import { NO_USAGE } from '../journal/no-usage.js';
import type { ModelEntry } from '../snapshot/snapshot.js';
import { costOf, priceAt } from './cost.js';
import type { RequestFeatures } from './features.js';

/** Output tokens that are expected of a call that sets no bound. */
const USUAL_OUTPUT = 512;

/** What a call is expected to cost at a model's own price, in pUSD; `null`: unpriced. An estimate, to compare with. */
export function expectedCost(model: ModelEntry, features: RequestFeatures): number | null {
  const price = priceAt(model.prices, features.atMs);
  if (!price) return null;
  const output = Math.min(features.maxOutput ?? USUAL_OUTPUT, model.maxOutput ?? Infinity);
  const cost = costOf(price, { ...NO_USAGE, input_tokens: features.inputTokens, output_tokens: output });
  return cost === null ? null : Number(cost);
}
