import type { Stickiness } from '../snapshot/routing-entry.js';
import type { RequestFeatures } from './features.js';
import { hashText } from './hashing.js';

const MASK = 2 ** 32;

/** The seed that all calls with the same key share; `null` for a call without the key. */
export function stickySeed(stickiness: Stickiness, features: RequestFeatures): number | null {
  const key = keyOf(stickiness, features);
  return key === null || key === undefined || key === '' ? null : hashText(`${stickiness.salt}\n${key}`) % MASK;
}

function keyOf({ by, key }: Stickiness, features: RequestFeatures): string | null | undefined {
  switch (by) {
    case 'token':
      return features.tokenId;
    case 'metadata':
      return features.metadata(key ?? '');
    case 'header':
      return features.header(key ?? '');
    case 'conversation':
      return features.conversation;
  }
}
