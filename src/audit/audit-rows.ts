import type { Access } from '../common/http/access.js';
import type { CsvValue } from '../common/http/csv.js';
import type { HashedEntry } from './audit-chain.js';
import type { AuditEntryView, ListAudit } from './audit.dto.js';

/** A row of `audit_entry`. */
export interface AuditRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string | null;
  readonly sequence: string;
  readonly at: Date;
  readonly actor_kind: AuditEntryView['actor']['kind'];
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly address: string | null;
  readonly action: string;
  readonly target_kind: string;
  readonly target_id: string;
  readonly target_label: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly previous_hash: string;
  readonly hash: string;
}

export const AUDIT_COLUMNS = `id, tenant_id, project_id, sequence, at, actor_kind, actor_id, actor_name, address, action,
  target_kind, target_id, target_label, before, after, previous_hash, hash`;

/** The entry as it was hashed when it was made, from what the database has of it now. */
export function toHashed(row: AuditRow): HashedEntry {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    sequence: Number(row.sequence),
    at: row.at.toISOString(),
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: row.actor_name,
    address: row.address,
    action: row.action,
    targetKind: row.target_kind,
    targetId: row.target_id,
    targetLabel: row.target_label,
    before: row.before,
    after: row.after,
    previousHash: row.previous_hash,
  };
}

export function toAuditEntryView(row: AuditRow): AuditEntryView {
  return {
    id: row.id,
    sequence: Number(row.sequence),
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    address: row.address,
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id, label: row.target_label },
    projectId: row.project_id,
    before: row.before,
    after: row.after,
    hash: row.hash,
  };
}

export const CSV_HEADER = [
  'sequence',
  'at',
  'action',
  'actorKind',
  'actorId',
  'actorName',
  'address',
  'targetKind',
  'targetId',
  'targetLabel',
  'projectId',
  'before',
  'after',
  'hash',
];

export function toCsvRow(view: AuditEntryView): CsvValue[] {
  const { actor, target, before, after } = view;
  return [
    [view.sequence, view.at, view.action, actor.kind, actor.id, actor.name, view.address],
    [target.kind, target.id, target.label, view.projectId],
    [before && JSON.stringify(before), after && JSON.stringify(after), view.hash],
  ].flat();
}

/** The entries that the caller reaches and the filters let through. Entries of no project are the whole tenant's. */
export function auditConditions(access: Access, query: ListAudit): { where: string; parameters: unknown[] } {
  const parameters: unknown[] = [access.tenantId];
  const terms = ['tenant_id = $1'];
  const add = (value: unknown, term: (place: string) => string): void => {
    if (value === undefined) return;
    parameters.push(value);
    terms.push(term(`$${parameters.length}`));
  };
  add(access.projectIds === 'all' ? undefined : access.projectIds, (at) => `project_id = any(${at}::uuid[])`);
  add(query.from, (at) => `at >= ${at}`);
  add(query.to, (at) => `at < ${at}`);
  add(query.actor, (at) => `(actor_id::text = ${at} or actor_name = ${at})`);
  add(query.action?.replace('*', ''), (at) =>
    query.action?.endsWith('*') ? `starts_with(action, ${at})` : `action = ${at}`,
  );
  add(query.targetKind, (at) => `target_kind = ${at}`);
  add(query.targetId, (at) => `target_id = ${at}`);
  add(query.project, (at) => `project_id = (${PROJECT} and (id::text = ${at} or name = ${at}))`);
  add(
    query.q,
    (at) => `position(lower(${at}) in lower(concat_ws(' ', action, actor_name, target_label, target_id))) > 0`,
  );
  return { where: terms.join(' and '), parameters };
}

const PROJECT = 'select id from project where project.tenant_id = $1';
