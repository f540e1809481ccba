import type { EntityManager } from 'typeorm';
import type { ChangeKind } from '../database/config-change.js';

/** The rows that changed, by kind. */
export type ChangedIds = ReadonlyMap<ChangeKind, readonly string[]>;

/** Beyond this many changed rows reading everything is quicker than picking. */
const MAX_CHANGES = 5000;

/** The newest committed configuration revision. */
export async function readRevision(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ revision: string }[]>(`select revision from config_revision`);
  return Number(row?.revision ?? 0);
}

/**
 * What changed after `applied` up to `revision`; `null` when the log does not reach back that far, or holds so much that
 * a full compile is due. Every revision has at least one row, so a revision without any was cleaned up.
 */
export async function readChanges(
  manager: EntityManager,
  applied: number,
  revision: number,
): Promise<ChangedIds | null> {
  const rows = await manager.query<{ revision: string; kind: ChangeKind; entity_id: string }[]>(
    `select revision, kind, entity_id from config_change where revision > $1 limit ${MAX_CHANGES + 1}`,
    [applied],
  );
  const seen = new Set(rows.map((row) => row.revision));
  if (rows.length > MAX_CHANGES || seen.size !== revision - applied) return null;
  const byKind = Map.groupBy(rows, (row) => row.kind);
  return new Map([...byKind].map(([kind, changes]) => [kind, [...new Set(changes.map((row) => row.entity_id))]]));
}

/** Forgets changes older than an hour; whoever was away for longer compiles everything anew. */
export async function forgetOldChanges(manager: EntityManager): Promise<void> {
  await manager.query(`delete from config_change where at < now() - interval '1 hour'`);
}
