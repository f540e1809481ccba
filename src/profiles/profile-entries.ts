import type { EntityManager } from 'typeorm';
import type { EntrySelection } from '../database/entry-rows.js';
import type { AttemptPolicy } from '../snapshot/attempt-policy.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { Operation, PriceEntry, ProfileEntry, RequestPolicy, TargetEntry } from '../snapshot/snapshot.js';
import { compiledRouting } from './profile-routing.js';
import { toPriceEntry, type PriceOverride } from './price-override.js';

interface ProfileRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly operation: Operation;
  readonly is_enabled: boolean;
  readonly routing: RoutingEntry | null;
  readonly attempts: AttemptPolicy | null;
  readonly cache_seconds: number | null;
  readonly policy: RequestPolicy | null;
  readonly price_override: PriceOverride | null;
  readonly response_model: 'profile' | 'upstream';
  readonly revision_id: string;
  readonly created_seconds: number;
  readonly aliases: string[] | null;
  readonly targets: TargetEntry[] | null;
}

const SELECT = `
  select p.id, p.tenant_id, p.project_id, p.name, p.description, p.operation, p.is_enabled, p.policy,
    p.routing, p.attempts, p.cache_seconds, p.price_override, p.response_model, p.revision_id,
    floor(extract(epoch from p.created_at))::float8 as created_seconds, n.aliases, t.targets
  from profile p
  left join lateral (
    select array_agg(name order by position) as aliases from profile_name where profile_id = p.id and position > 0
  ) n on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('id', id, 'modelId', model_id, 'weight', weight, 'priority', priority,
      'isEnabled', is_enabled,
      'conditions', conditions) order by priority, position) as targets
    from profile_target where profile_id = p.id
  ) t on true`;

/** Reads profiles in the caller's transaction and compiles them; one that is not there is not in the answer. */
export async function loadProfileEntries(manager: EntityManager, selection: EntrySelection): Promise<ProfileEntry[]> {
  const rows =
    selection === 'all'
      ? await manager.query<ProfileRow[]>(SELECT)
      : await manager.query<ProfileRow[]>(`${SELECT} where p.id = any($1)`, [selection]);
  return rows.map(toEntry);
}

function toEntry(row: ProfileRow): ProfileEntry {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    name: row.name,
    aliases: row.aliases ?? [],
    description: row.description,
    revisionId: row.revision_id,
    operation: row.operation,
    isEnabled: row.is_enabled,
    targets: row.targets ?? [],
    routing: compiledRouting(row.id, row.routing),
    attempts: row.attempts,
    cacheSeconds: row.cache_seconds,
    policy: row.policy,
    responseModel: row.response_model,
    priceOverride: priceOf(row),
    createdSeconds: row.created_seconds,
  };
}

/** The revision is the id of its price: both never change, and the ledger pins it. */
function priceOf({ price_override: override, revision_id: id }: ProfileRow): PriceEntry | null {
  return override && toPriceEntry(id, override);
}
