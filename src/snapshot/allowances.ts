import { EntryMap } from './entry-map.js';

/** What an allowance belongs to: it counts the calls of that. */
export const ALLOWANCE_SCOPES = [
  'tenant',
  'project',
  'profile',
  'token',
  'provider',
  'model',
  'metadata',
  'run',
] as const;
export type AllowanceScope = (typeof ALLOWANCE_SCOPES)[number];

/** What an allowance counts. */
export const ALLOWANCE_METRICS = [
  'requests',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'money',
  'concurrency',
  'seconds',
] as const;
export type AllowanceMetric = (typeof ALLOWANCE_METRICS)[number];

/** Over what time an allowance counts. */
export const ALLOWANCE_WINDOWS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'rolling', 'total'] as const;
export type AllowanceWindow = (typeof ALLOWANCE_WINDOWS)[number];

/** A limit on calls, as the data plane needs it. Amounts are whole numbers; those of money are nUSD (10⁻⁹ USD). */
export interface AllowanceEntry {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  /** Counts only this project's calls; `null` those of the whole tenant. */
  readonly projectId: string | null;
  readonly scope: AllowanceScope;
  /** The id of the tenant, project, profile, token, provider or model; `null` for metadata and runs. */
  readonly subjectId: string | null;
  readonly metadataKey: string | null;
  /** `null`: each value of the key, or each run, has a counter of its own. */
  readonly metadataValue: string | null;
  readonly metric: AllowanceMetric;
  /** `null` for concurrency, which has no window. */
  readonly window: AllowanceWindow | null;
  readonly rollingSeconds: number | null;
  readonly timeZone: string;
  readonly limit: number;
  readonly isHard: boolean;
  /** For money: whether calls pass whose price nobody knows. They count nothing. */
  readonly allowsUnpriced: boolean;
  readonly onPostgresDown: 'open' | 'closed';
  /** Grows with each reset: counters of an older epoch count no longer. */
  readonly epoch: number;
}

/** The part of a token's entry that says what its calls count against. */
export interface AllowanceCaller {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
}

const NONE: readonly AllowanceEntry[] = [];

/** All enabled allowances, found by what they belong to. Immutable, as everything in a snapshot. */
export class AllowanceIndex {
  private readonly callers = new WeakMap<AllowanceCaller, readonly AllowanceEntry[]>();

  private constructor(
    private readonly byId: EntryMap<AllowanceEntry>,
    private readonly byKey: EntryMap<readonly AllowanceEntry[]>,
    private readonly counts: ScopeCounts,
  ) {}

  static empty(): AllowanceIndex {
    return new AllowanceIndex(EntryMap.empty(), EntryMap.empty(), { ofTargets: 0, ofMetadata: 0 });
  }

  /** 0 in an installation without allowances, where nothing else need be asked. */
  get size(): number {
    return this.byId.size;
  }

  /** Whether any provider or model has one: where none has, no target need be asked for. */
  get limitsTargets(): boolean {
    return this.counts.ofTargets > 0;
  }

  /** The index with these allowances in it, in place of those with `ids`. */
  with(entries: readonly AllowanceEntry[], ids: readonly string[] = []): AllowanceIndex {
    const gone = new Set(ids);
    const old = [...gone].map((id) => this.byId.get(id)).filter((entry) => entry !== undefined);
    const added = Map.groupBy(entries, keyOf);
    const lists = new Set([...old.map(keyOf), ...added.keys()]);
    const renewed = [...lists].map((key): [string, readonly AllowanceEntry[]] => {
      const kept = (this.byKey.get(key) ?? NONE).filter(({ id }) => !gone.has(id));
      return [key, [...kept, ...(added.get(key) ?? NONE)]];
    });
    const filled = renewed.filter(([, list]) => list.length > 0);
    const byId = entries.map((entry): [string, AllowanceEntry] => [entry.id, entry]);
    const counts = changed(this.counts, countsOf(old), countsOf(entries));
    return new AllowanceIndex(this.byId.with(byId, ids), this.byKey.with(filled, lists), counts);
  }

  /** Those that every call of this token counts against, whatever it asks for; remembered, as it is asked for each call. */
  ofCaller(token: AllowanceCaller): readonly AllowanceEntry[] {
    let found = this.callers.get(token);
    if (!found) {
      const keys = [token.tenantId, token.projectId, token.id];
      const all = keys.flatMap((key) => this.byKey.get(key) ?? NONE);
      found = all.length === 0 ? NONE : all;
      this.callers.set(token, found);
    }
    return found;
  }

  /** Those of a profile, a provider or a model. */
  of(id: string): readonly AllowanceEntry[] {
    return this.byKey.get(id) ?? NONE;
  }

  /** Those of a tenant's metadata keys and runs. */
  ofMetadata(tenantId: string): readonly AllowanceEntry[] {
    if (this.counts.ofMetadata === 0) return NONE;
    return this.byKey.get(metadataKeyOf(tenantId)) ?? NONE;
  }

  get(id: string): AllowanceEntry | undefined {
    return this.byId.get(id);
  }
}

/** How many there are of the scopes that most installations limit nothing by. */
interface ScopeCounts {
  readonly ofTargets: number;
  readonly ofMetadata: number;
}

function countsOf(entries: readonly AllowanceEntry[]): ScopeCounts {
  const count = (...scopes: AllowanceScope[]) => entries.filter(({ scope }) => scopes.includes(scope)).length;
  return { ofTargets: count('provider', 'model'), ofMetadata: count('metadata', 'run') };
}

function changed(before: ScopeCounts, gone: ScopeCounts, added: ScopeCounts): ScopeCounts {
  return {
    ofTargets: before.ofTargets - gone.ofTargets + added.ofTargets,
    ofMetadata: before.ofMetadata - gone.ofMetadata + added.ofMetadata,
  };
}

function keyOf({ subjectId, tenantId }: AllowanceEntry): string {
  return subjectId ?? metadataKeyOf(tenantId);
}

function metadataKeyOf(tenantId: string): string {
  return `metadata/${tenantId}`;
}
