import type { Operation } from '../snapshot/snapshot.js';
import type { ListedModel } from './catalogue-reads.service.js';

/** A model that someone is about to use. */
export interface WantedModel {
  /** The catalogue's name of the provider, or one that it knows to mean the same. */
  readonly provider: string;
  readonly upstreamId: string;
  readonly operation?: Operation;
}

/** Something to think about; never a reason to refuse. */
export interface CatalogueWarning {
  readonly code:
    | 'not_exact'
    | 'deprecated'
    | 'preview'
    | 'operation_mismatch'
    | 'no_price'
    | 'free'
    | 'price_partial'
    | 'price_varies_by_time';
  readonly message: string;
}

/** How a listed model was found: by its own id, by a rule of the catalogue, in another case, or without its version. */
export type MatchedBy = 'exact' | 'rule' | 'case' | 'version';

/** What the catalogue says to a model. `exact` ids are listed as they are; the others are taken for a listed one. */
export type CatalogueCheck =
  | {
      readonly kind: 'known';
      readonly model: ListedModel;
      readonly matchedBy: MatchedBy;
      readonly warnings: readonly CatalogueWarning[];
    }
  | { readonly kind: 'unknown_model'; readonly suggestions: readonly string[] }
  | { readonly kind: 'unknown_provider'; readonly suggestions: readonly string[] };
