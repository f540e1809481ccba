import type { EntityManager } from 'typeorm';
import type { EntrySelection } from '../database/entry-rows.js';
import type { ProjectEntry } from '../snapshot/snapshot.js';

const SELECT = `select id, tenant_id as "tenantId", name, capture from project`;

/** Reads projects in the caller's transaction, in the shape in which the data plane needs them. */
export async function loadProjectEntries(manager: EntityManager, selection: EntrySelection): Promise<ProjectEntry[]> {
  if (selection === 'all') return manager.query<ProjectEntry[]>(SELECT);
  return manager.query<ProjectEntry[]>(`${SELECT} where id = any($1)`, [selection]);
}
