import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import { Config } from '../config/config.js';
import type { CatalogueDocument } from './catalogue-document.js';
import {
  currentReleases,
  differenceIn,
  swapRelease,
  type NewRelease,
  type Release,
  type ReleaseDifference,
} from './catalogue-rows.js';
import { fetchDocument, type RawDocument } from './catalogue-source.js';
import { catalogueErrors } from './catalogue.errors.js';
import { readModelsDev } from './models-dev.js';

/** A document that has less than this of the one before looks cut off. */
const LEAST_SHARE = 0.8;

/** What a refresh or import did. */
export type RefreshOutcome =
  | { readonly outcome: 'unchanged'; readonly version: string }
  | ({ readonly outcome: 'updated'; readonly version: string; readonly skipped: number } & ReleaseDifference);

/** Replaces the refreshed layer of the catalogue, whole or not at all. It never touches a model or its price. */
@Injectable()
export class CatalogueRefresh {
  constructor(
    private readonly database: DataSource,
    private readonly writes: Writes,
    private readonly config: Config,
  ) {}

  /** Where it is refreshed from; `null` nowhere. */
  get address(): string | null {
    return this.config.catalogueUrl ?? null;
  }

  /** Fetches from the configured address. Throws `catalogue.*` and notes why; what is in force stays. */
  async refresh(access: Access): Promise<RefreshOutcome> {
    const { address } = this;
    if (address === null) throw catalogueErrors.no_source();
    return this.noting(async () => {
      const current = await this.current();
      const raw = await fetchDocument(address, current?.source === address ? current.etag : null);
      if (current && (!raw || raw.sha256 === current.sha256)) return unchanged(current);
      return this.putInForce(access, requirePresent(raw), address);
    });
  }

  /** Takes a document that someone uploaded; `force` also one that looks cut off. */
  async import(access: Access, raw: RawDocument, force: boolean): Promise<RefreshOutcome> {
    const current = await this.current();
    if (current?.sha256 === raw.sha256) return unchanged(current);
    return this.putInForce(access, raw, 'upload', force);
  }

  /** When it was last checked for news, and what went wrong then. */
  async lastCheck(): Promise<{ checkedAt: Date | null; problem: string | null }> {
    const [row] = await this.database.query<[{ checkedAt: Date | null; problem: string | null }]>(
      `select checked_at as "checkedAt", problem from catalogue_check`,
    );
    return row;
  }

  private putInForce(access: Access, raw: RawDocument, source: string, force = false): Promise<RefreshOutcome> {
    const document = parse(raw);
    const release = releaseOf(raw, source);
    return this.writes.run(access, async (write) => {
      const releases = await currentReleases(write.manager);
      const before = releases.find(({ layer }) => layer === 'refreshed');
      if (before && !force) assertNotShrunk(before, document);
      const id = await swapRelease(write.manager, release, document);
      const difference = await differenceIn(write.manager, 'refreshed');
      const outcome = { version: release.version, skipped: document.skipped, ...difference };
      write.audit({
        action: 'catalogue.refreshed',
        target: { kind: 'catalogue', id, label: release.version },
        before: before ? { version: before.version, models: before.modelCount } : null,
        after: { ...outcome, source, models: document.models.length },
      });
      return { outcome: 'updated', ...outcome };
    });
  }

  private async current(): Promise<Release | undefined> {
    return (await currentReleases(this.database.manager)).find(({ layer }) => layer === 'refreshed');
  }

  private async noting<T>(work: () => Promise<T>): Promise<T> {
    let problem: string | null = null;
    try {
      return await work();
    } catch (error) {
      problem = error instanceof AppError ? error.message : 'Something went wrong on our side.';
      throw error;
    } finally {
      await this.database.query(`update catalogue_check set checked_at = now(), problem = $1`, [problem]);
    }
  }
}

function parse({ bytes }: RawDocument): CatalogueDocument {
  const document = readModelsDev(parseJson(bytes.toString()));
  if (!document || document.models.length === 0) throw catalogueErrors.malformed();
  return document;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw catalogueErrors.malformed({}, { cause: error });
  }
}

/** models.dev has no versions: the day and the digest tell documents apart. */
function releaseOf({ etag, sha256 }: RawDocument, source: string): NewRelease {
  const version = `${new Date().toISOString().slice(0, 10)}-${sha256.slice(0, 8)}`;
  return { layer: 'refreshed', version, source, etag, sha256 };
}

function assertNotShrunk({ providerCount, modelCount }: Release, { providers, models }: CatalogueDocument): void {
  const before = { providers: providerCount, models: modelCount };
  const after = { providers: providers.length, models: models.length };
  if (after.providers < before.providers * LEAST_SHARE || after.models < before.models * LEAST_SHARE) {
    throw catalogueErrors.shrunk({ before, after });
  }
}

function unchanged({ version }: Release): RefreshOutcome {
  return { outcome: 'unchanged', version };
}

function requirePresent(raw: RawDocument | null): RawDocument {
  if (!raw) throw catalogueErrors.unreachable({ reason: 'it said that nothing changed, but nothing is in force' });
  return raw;
}
