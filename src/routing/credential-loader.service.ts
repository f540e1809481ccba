import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { EntityManager } from 'typeorm';
import type { CredentialPlace, OpenedCredential } from '../providers/provider-credentials.service.js';
import { ProviderReads } from '../providers/provider-reads.service.js';
import { Vault } from '../vault/vault.service.js';
import type { ChangedIds } from './change-log.js';
import { CredentialOpener } from './credential-opener.service.js';
import { CredentialRenewals } from './credential-renewals.service.js';

const REFERENCES_MS = 30_000;

type Places = ReadonlyMap<string, CredentialPlace>;

/** Credentials that were read, to be put in force when the snapshot they belong to is. */
export interface LoadedCredentials {
  /** Puts them in force; what was locked since they were read stays locked. */
  apply(): void;
}

/** How often something happened that no row tells of, by what has to be opened again. */
interface Expiries {
  readonly secrets: number;
  readonly references: number;
}

/**
 * Keeps the opened credentials of providers right. It runs as a part of each compile, so that one load never overtakes
 * another; only locking comes at once.
 */
@Injectable()
export class CredentialLoader implements OnModuleInit, BeforeApplicationShutdown {
  private readonly listeners = new Set<() => void>();
  private places: Places = new Map();
  private expiries: Expiries = { secrets: 0, references: 0 };
  private applied: Expiries = this.expiries;
  private lockings = 0;
  private unlisten: (() => void) | undefined;

  constructor(
    private readonly renewals: CredentialRenewals,
    private readonly providers: ProviderReads,
    private readonly opener: CredentialOpener,
    private readonly vault: Vault,
  ) {}

  onModuleInit(): void {
    this.unlisten = this.vault.onStateChange((state) => (state === 'unlocked' ? this.expire('secrets') : this.lock()));
  }

  beforeApplicationShutdown(): void {
    this.unlisten?.();
  }

  /** Has what references point to read again: nothing tells when a mounted file has changed. */
  @Interval(REFERENCES_MS)
  protected expireReferences(): void {
    this.expire('references');
  }

  /** Whether a load is due though no row has changed. */
  get isStale(): boolean {
    const { expiries, applied } = this;
    return expiries.secrets !== applied.secrets || expiries.references !== applied.references;
  }

  /** Calls `listener` when a load is due though no row has changed. */
  onStale(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** The vault's secret that a provider's credential is; `undefined` when it is none. */
  secretOf(providerId: string): string | undefined {
    const place = this.places.get(providerId);
    return place?.kind === 'secret' ? place.secretId : undefined;
  }

  /** Reads what a set of changes touches (`null`: all) in the compiler's transaction. */
  async load(manager: EntityManager, changed: ChangedIds | null): Promise<LoadedCredentials> {
    const { expiries, applied, lockings } = this;
    const stale = {
      secrets: expiries.secrets !== applied.secrets || (changed?.has('vault') ?? true),
      references: expiries.references !== applied.references || !changed,
    };
    const places = await this.locate(manager, changed);
    const touched = [...places].filter(([id, place]) => {
      if (!changed || changed.get('provider')?.includes(id)) return true;
      if (place.kind === 'secret') return stale.secrets || changed.get('secret')?.includes(place.secretId);
      return place.kind === 'reference' && stale.references;
    });
    const values = await this.opener.open(manager, new Map(touched));
    return {
      apply: () => {
        this.applied = expiries;
        this.apply(places, values, lockings !== this.lockings);
      },
    };
  }

  private async locate(manager: EntityManager, changed: ChangedIds | null): Promise<Places> {
    if (!changed) return this.providers.credentialPlaces('all', manager);
    const ids = changed.get('provider') ?? [];
    if (ids.length === 0) return this.places;
    const places = new Map(this.places);
    for (const id of ids) places.delete(id);
    for (const [id, place] of await this.providers.credentialPlaces(ids, manager)) places.set(id, place);
    return places;
  }

  private apply(places: Places, values: ReadonlyMap<string, OpenedCredential>, wasLocked: boolean): void {
    for (const id of this.places.keys()) if (!places.has(id)) this.renewals.remove(id);
    this.places = places;
    for (const [id, value] of values) {
      const place = places.get(id);
      if (wasLocked && place?.kind === 'secret') this.renewals.lock(id);
      else if (place) this.renewals.set(id, place.driver, value);
    }
  }

  private lock(): void {
    this.lockings++;
    for (const [id, { kind }] of this.places) if (kind === 'secret') this.renewals.lock(id);
  }

  private expire(kind: keyof Expiries): void {
    this.expiries = { ...this.expiries, [kind]: this.expiries[kind] + 1 };
    for (const listener of this.listeners) listener();
  }
}
