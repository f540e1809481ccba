import type { EntityManager } from 'typeorm';
import type { EntrySelection } from '../database/entry-rows.js';
import type { AllowanceEntry } from '../snapshot/allowances.js';

type Row = Omit<AllowanceEntry, 'limit'> & { readonly limit: string };

const SUBJECT = `case scope when 'tenant' then tenant_id when 'project' then project_id
  else coalesce(profile_id, token_id, provider_id, model_id) end`;
const SELECT = `select id, name, tenant_id as "tenantId", project_id as "projectId", scope, ${SUBJECT} as "subjectId",
    metadata_key as "metadataKey", metadata_value as "metadataValue", metric, window_type as "window",
    rolling_seconds as "rollingSeconds", time_zone as "timeZone", limit_amount as "limit", is_hard as "isHard",
    on_postgres_down as "onPostgresDown", epoch
  from allowance where is_enabled`;

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
