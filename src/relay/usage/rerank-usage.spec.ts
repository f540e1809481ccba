import { NO_USAGE } from '../../journal/no-usage.js';
import { readRerankMeta } from './rerank-usage.js';

describe(readRerankMeta.name, () => {
  it.each([
    [{ billed_units: { search_units: 1 } }, {}],
    [{ billed_units: { input_tokens: 40, output_tokens: 2 } }, { input_tokens: 40, output_tokens: 2 }],
  ])('reads %j', (meta, expected) => {
    expect(readRerankMeta(meta)).toEqual({ ...NO_USAGE, usage_source: 'provider', ...expected });
  });

  it.each([undefined, null, {}, { tokens: { input_tokens: 4 } }])('reads nothing from %j', (meta) => {
    expect(readRerankMeta(meta)).toBeUndefined();
  });
});
