import type { EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import { CATALOGUE_LOCK } from '../database/advisory-locks.js';
import type { CatalogueDocument, CatalogueModel } from './catalogue-document.js';

const BATCH = 1000;

/** `bundled` comes with the software; `refreshed` lies over it. */
export type Layer = 'bundled' | 'refreshed';

/** One load of a layer. */
export interface Release {
  readonly id: string;
  readonly layer: Layer;
  readonly version: string;
  /** Where it came from: an address, a file, `upload` or the package. */
  readonly source: string;
  readonly etag: string | null;
  readonly sha256: string;
  readonly providerCount: number;
  readonly modelCount: number;
  readonly skippedCount: number;
  readonly fetchedAt: Date;
}

export type NewRelease = Pick<Release, 'layer' | 'version' | 'source' | 'etag' | 'sha256'>;

/** How two releases differ. */
export interface ReleaseDifference {
  readonly added: number;
  readonly removed: number;
  readonly repriced: number;
}

/** The releases in force, one a layer. */
export function currentReleases(manager: EntityManager): Promise<Release[]> {
  return manager.query(
    `select id, layer, version, source, etag, sha256, provider_count as "providerCount", model_count as "modelCount",
       skipped_count as "skippedCount", fetched_at as "fetchedAt"
     from catalogue_release where state = 'current' order by layer`,
  );
}

/** Puts a document in force as its layer, within the caller's transaction. The one before is kept, older ones go. */
export async function swapRelease(
  manager: EntityManager,
  release: NewRelease,
  document: CatalogueDocument,
): Promise<string> {
  await manager.query('select pg_advisory_xact_lock($1)', [CATALOGUE_LOCK]); // one swap at a time
  await manager.query(`delete from catalogue_release where layer = $1 and state = 'previous'`, [release.layer]);
  await manager.query(`update catalogue_release set state = 'previous' where layer = $1`, [release.layer]);
  const id = newId();
  await manager.query(
    `insert into catalogue_release (id, layer, state, version, source, etag, sha256, provider_count, model_count,
       skipped_count)
     values ($1, $2, 'current', $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      release.layer,
      release.version,
      release.source,
      release.etag,
      release.sha256,
      document.providers.length,
      document.models.length,
      document.skipped,
    ],
  );
  await insertProviders(manager, id, document);
  await insertModels(manager, id, document.models);
  return id;
}

/** Counts what changed between the release in force and the one before it, in a layer. */
export async function differenceIn(manager: EntityManager, layer: Layer): Promise<ReleaseDifference> {
  const [difference] = await manager.query<[ReleaseDifference]>(
    `with now as (select m.* from catalogue_model m join catalogue_release r on r.id = m.release_id
                  where r.layer = $1 and r.state = 'current'),
          before as (select m.* from catalogue_model m join catalogue_release r on r.id = m.release_id
                     where r.layer = $1 and r.state = 'previous')
     select count(*) filter (where before.upstream_id is null)::integer as added,
            count(*) filter (where now.upstream_id is null)::integer as removed,
            count(*) filter (where now.prices <> before.prices)::integer as repriced
     from now full join before using (provider, upstream_id)`,
    [layer],
  );
  return difference;
}

async function insertProviders(manager: EntityManager, release: string, { providers }: CatalogueDocument) {
  await manager.query(
    `insert into catalogue_provider (release_id, provider, name, base_url)
     select $1, * from jsonb_to_recordset($2::jsonb) as row (provider text, name text, "baseUrl" text)`,
    [release, JSON.stringify(providers)],
  );
}

async function insertModels(manager: EntityManager, release: string, models: readonly CatalogueModel[]): Promise<void> {
  for (let start = 0; start < models.length; start += BATCH) {
    await manager.query(INSERT_MODELS, [release, JSON.stringify(models.slice(start, start + BATCH))]);
  }
}

const INSERT_MODELS = `
  insert into catalogue_model (release_id, provider, upstream_id, name, family, operation, capabilities,
    context_window, max_output, knowledge, released, status, prices, unbilled, match)
  select $1, provider, "upstreamId", name, family, operation, capabilities, "contextWindow", "maxOutput", knowledge,
    released, status, prices, unbilled, nullif(match, 'null')
  from jsonb_to_recordset($2::jsonb) as row (provider text, "upstreamId" text, name text, family text, operation text,
    capabilities text[], "contextWindow" integer, "maxOutput" integer, knowledge text, released text, status text,
    prices jsonb, unbilled text[], match jsonb)`;
