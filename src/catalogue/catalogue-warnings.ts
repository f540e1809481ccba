import type { CatalogueWarning, MatchedBy, WantedModel } from './catalogue-check.js';
import type { ListedModel } from './catalogue-reads.service.js';
import { operationFits } from './infer-operation.js';
import { isFree, priceOn } from './list-price.js';

type Possible = readonly (false | CatalogueWarning)[];

/** What to think about before this model is used. */
export function warningsOf(wanted: WantedModel, model: ListedModel, matchedBy: MatchedBy): CatalogueWarning[] {
  const possible = [...aboutItsName(wanted, model, matchedBy), ...aboutItsUse(wanted, model), ...aboutItsPrice(model)];
  return possible.filter((warning) => warning !== false);
}

function aboutItsName({ upstreamId }: WantedModel, model: ListedModel, matchedBy: MatchedBy): Possible {
  const isOther = matchedBy === 'case' || matchedBy === 'version';
  const message = `"${upstreamId}" is not listed; "${model.upstreamId}" is. The provider may not know it by your spelling.`;
  return [isOther && { code: 'not_exact', message }];
}

function aboutItsUse({ operation }: WantedModel, { status, operation: known }: ListedModel): Possible {
  return [
    status === 'deprecated' && { code: 'deprecated', message: 'The provider has deprecated this model.' },
    (status === 'alpha' || status === 'beta') && {
      code: 'preview',
      message: `The provider calls this model ${status}.`,
    },
    operation !== undefined &&
      !operationFits(known, operation) && {
        code: 'operation_mismatch',
        message: `It seems to be for ${known}, not for ${operation}.`,
      },
  ];
}

/** Searches are priced for nearly every model and cost nothing unless asked for: a warning each time says nothing. */
function isAside(part: string): boolean {
  return part === 'time_of_day' || part.endsWith('_searches_kcount');
}

function aboutItsPrice({ prices, unbilled }: ListedModel): Possible {
  const price = priceOn(prices, new Date().toISOString().slice(0, 10));
  const partial = unbilled.filter((part) => !isAside(part)).join(', ');
  return [
    !price && { code: 'no_price', message: 'No price is published: set one, or its use stays unpriced.' },
    price !== null && isFree(price) && { code: 'free', message: 'It is listed as free: that may mean a subscription.' },
    partial !== '' && { code: 'price_partial', message: `Parts of its price are not metered here: ${partial}.` },
    unbilled.includes('time_of_day') && {
      code: 'price_varies_by_time',
      message: 'Its price depends on the time of day; the one listed holds outside of the special hours.',
    },
  ];
}
