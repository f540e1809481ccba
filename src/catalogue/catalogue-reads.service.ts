import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { CATALOGUE_LOCK } from '../database/advisory-locks.js';
import { bundledVersion, readBundled } from './bundled.js';
import type { CatalogueModel } from './catalogue-document.js';
import { currentReleases, swapRelease, type Layer, type Release } from './catalogue-rows.js';
import type { MatchRule } from './match-rule.js';
import { canonicalProvider } from './provider-names.js';

/** A model with the versions that its facts and its prices are from. */
export interface ListedModel extends CatalogueModel {
  readonly version: string;
  /** `null` when no price is known. */
  readonly priceVersion: string | null;
}

export interface ModelFilter {
  readonly provider?: string;
  /** Part of the id or name, in any case. */
  readonly q?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** An id of a provider's models, with the rule that takes others for it. */
export interface ModelId {
  readonly upstreamId: string;
  readonly match: MatchRule | null;
}

/** Reads the catalogue: the refreshed layer over the bundled one, model by model. */
@Injectable()
export class CatalogueReads {
  private bundled: Promise<void> | undefined;

  constructor(private readonly database: DataSource) {}

  /** The releases in force. Loads the bundled one when it is not there yet, so that nothing of it slows a start down. */
  async releases(): Promise<Release[]> {
    await this.ensureBundled();
    return currentReleases(this.database.manager);
  }

  /** Lists models by provider and id. */
  async models({ provider, q, limit = DEFAULT_PAGE_SIZE, cursor }: ModelFilter): Promise<Page<ListedModel>> {
    await this.ensureBundled();
    const [afterProvider, afterId] = cursor === undefined ? [null, null] : decodeCursor(cursor, 'text', 'text');
    const rows = await this.database.query<ListedModel[]>(
      `${LISTED}
       where ($1::text is null or provider = $1)
         and ($2::text is null or position(lower($2) in lower(upstream_id || ' ' || name)) > 0)
         and ($3::text is null or (provider, upstream_id) > ($3, $4))
       order by provider, upstream_id limit $5`,
      [provider === undefined ? null : canonicalProvider(provider), q ?? null, afterProvider, afterId, limit + 1],
    );
    return toPage(rows, limit, { view: (row) => row, cursor: (row) => [row.provider, row.upstreamId] });
  }

  /** The models of a provider by these ids. */
  async find(provider: string, upstreamIds: readonly string[]): Promise<ListedModel[]> {
    await this.ensureBundled();
    return this.database.query(`${LISTED} where provider = $1 and upstream_id = any ($2::text[])`, [
      canonicalProvider(provider),
      upstreamIds,
    ]);
  }

  /** All ids that a provider's models go by; empty for an unknown provider. */
  async idsOf(provider: string): Promise<ModelId[]> {
    await this.ensureBundled();
    return this.database.query(
      `select distinct on (upstream_id) upstream_id as "upstreamId", match
       from catalogue_model join catalogue_release on id = release_id and state = 'current'
       where provider = $1 order by upstream_id, match nulls last`,
      [canonicalProvider(provider)],
    );
  }

  /** The ids of all providers. */
  async providerIds(): Promise<string[]> {
    await this.ensureBundled();
    const rows = await this.database.query<{ provider: string }[]>(
      `select distinct provider from catalogue_provider join catalogue_release on id = release_id and state = 'current'`,
    );
    return rows.map(({ provider }) => provider);
  }

  /** Once a process: after that the version that is installed can't change. */
  private ensureBundled(): Promise<void> {
    this.bundled ??= this.loadBundled().catch((error: unknown) => {
      this.bundled = undefined;
      throw error;
    });
    return this.bundled;
  }

  private async loadBundled(): Promise<void> {
    const version = await bundledVersion();
    if (await isCurrent(this.database.manager, 'bundled', version)) return;
    await this.database.transaction(async (manager) => {
      await manager.query('select pg_advisory_xact_lock($1)', [CATALOGUE_LOCK]);
      if (await isCurrent(manager, 'bundled', version)) return; // another process was quicker
      const release = {
        layer: 'bundled',
        version,
        source: '@pydantic/genai-prices',
        etag: null,
        sha256: version,
      } as const;
      await swapRelease(manager, release, await readBundled());
    });
  }
}

async function isCurrent(manager: EntityManager, layer: Layer, version: string): Promise<boolean> {
  return (await currentReleases(manager)).some((release) => release.layer === layer && release.version === version);
}

/** Facts of the upper layer where it has the model, prices of the upper layer that has any. */
const LISTED = `
  with layered as (
    select model.*, release.version, row_number() over top as rank,
      first_value(prices) over priced as best_prices, first_value(unbilled) over priced as best_unbilled,
      first_value(release.version) over priced as price_version
    from catalogue_model as model join catalogue_release as release on release.id = release_id and state = 'current'
    window top as (partition by provider, upstream_id order by layer desc),
           priced as (partition by provider, upstream_id order by prices = '[]', layer desc)
  ), listed as (select * from layered where rank = 1)
  select provider, upstream_id as "upstreamId", name, family, operation, capabilities,
    context_window as "contextWindow", max_output as "maxOutput", knowledge, released, status,
    best_prices as prices, best_unbilled as unbilled, match, version,
    case when best_prices <> '[]' then price_version end as "priceVersion"
  from listed`;
