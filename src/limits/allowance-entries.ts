import type { EntityManager } from 'typeorm';
import type { EntrySelection } from '../database/entry-rows.js';
import type { AllowanceEntry, AllowanceScope } from '../snapshot/allowances.js';
import type { Allowance } from './allowance.entity.js';

type Row = Omit<AllowanceEntry, 'limit'> & { readonly limit: string };

const SUBJECT = `case scope when 'tenant' then tenant_id when 'project' then project_id
  else coalesce(profile_id, token_id, provider_id, model_id) end`;
const SELECT = `select id, name, tenant_id as "tenantId", project_id as "projectId", scope, ${SUBJECT} as "subjectId",
    metadata_key as "metadataKey", metadata_value as "metadataValue", metric, window_type as "window",
    rolling_seconds as "rollingSeconds", time_zone as "timeZone", limit_amount as "limit", is_hard as "isHard",
    allows_unpriced as "allowsUnpriced",
    on_postgres_down as "onPostgresDown", epoch
  from allowance where is_enabled`;

/** One row in that shape. */
export function toAllowanceEntry(row: Allowance): AllowanceEntry {
  const { tenantId, projectId, scope, windowType, limitAmount } = row;
  const fixed: Partial<Record<AllowanceScope, string | null>> = { tenant: tenantId, project: projectId };
  return {
    id: row.id,
    name: row.name,
    tenantId,
    projectId,
    scope,
    subjectId: fixed[scope] ?? row.profileId ?? row.tokenId ?? row.providerId ?? row.modelId,
    metadataKey: row.metadataKey,
    metadataValue: row.metadataValue,
    metric: row.metric,
    window: windowType,
    rollingSeconds: row.rollingSeconds,
    timeZone: row.timeZone,
    limit: Number(limitAmount),
    isHard: row.isHard,
    allowsUnpriced: row.allowsUnpriced,
    onPostgresDown: row.onPostgresDown,
    epoch: row.epoch,
  };
}

/** Reads enabled allowances in the caller's transaction, in the shape in which the data plane needs them. */
export async function loadAllowanceEntries(
  manager: EntityManager,
  selection: EntrySelection,
): Promise<AllowanceEntry[]> {
  const rows =
    selection === 'all'
      ? await manager.query<Row[]>(SELECT)
      : await manager.query<Row[]>(`${SELECT} and id = any($1)`, [selection]);
  return rows.map((row) => ({ ...row, limit: Number(row.limit) }));
}
