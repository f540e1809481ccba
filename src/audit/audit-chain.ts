import type { EntityManager } from 'typeorm';
import { createHash } from 'node:crypto';
import type { Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';

/** What was done to what. `before` and `after` hold no secrets: pass views, never entities. */
export interface AuditFact {
  /** Dotted, subject first: `provider.updated`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly label: string };
  readonly projectId?: string | null;
  readonly before?: object | null;
  readonly after?: object | null;
}

/** An entry as it is hashed: every column but the hash itself, `previousHash` included. */
export interface HashedEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string | null;
  readonly sequence: number;
  /** ISO 8601, milliseconds. */
  readonly at: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly address: string | null;
  readonly action: string;
  readonly targetKind: string;
  readonly targetId: string;
  readonly targetLabel: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly previousHash: string;
}

/** What the first entry of a tenant's chain points to. */
export const CHAIN_START = '0'.repeat(64);

/** Appends to the tenant's chain, in the caller's transaction. The chain's head is locked until the commit. */
export async function appendEntries(
  manager: EntityManager,
  { actor, tenantId }: Access,
  facts: readonly AuditFact[],
): Promise<void> {
  let head = await lockHead(manager, tenantId);
  for (const { action, target, projectId = null, before = null, after = null } of facts) {
    const entry = storable<HashedEntry>({
      id: newId(),
      tenantId,
      projectId,
      sequence: head.sequence + 1,
      at: new Date().toISOString(),
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      address: actor.address,
      action,
      targetKind: target.kind,
      targetId: target.id,
      targetLabel: target.label,
      before,
      after,
      previousHash: head.hash,
    });
    head = { sequence: entry.sequence, hash: hashEntry(entry) };
    await insert(manager, entry, head.hash);
  }
  await manager.query(`update audit_head set sequence = $2, hash = $3 where tenant_id = $1`, [
    tenantId,
    head.sequence,
    head.hash,
  ]);
}

/** SHA-256 over the entry's canonical JSON (keys sorted at every depth), lower-case hex. */
export function hashEntry(entry: HashedEntry): string {
  return createHash('sha256').update(canonical(entry)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

/**
 * The entry as the database will hold it, so that the hash of what is read back is the hash of what was written: plain
 * JSON, without what Postgres has no text for (NUL and halves of surrogate pairs).
 */
function storable<T>(entry: T): T {
  const text = JSON.stringify(entry, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member));
  return JSON.parse(text, reviveStorable) as T;
}

function reviveStorable(_: string, member: unknown): unknown {
  if (typeof member === 'string') return storableText(member);
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).map(([key, value]) => [storableText(key), value]));
}

function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

async function lockHead(manager: EntityManager, tenantId: string): Promise<{ sequence: number; hash: string }> {
  await manager.query(
    `insert into audit_head (tenant_id, sequence, hash) values ($1, 0, $2) on conflict (tenant_id) do nothing`,
    [tenantId, CHAIN_START],
  );
  const [head] = await manager.query<[{ sequence: string; hash: string }]>(
    `select sequence, hash from audit_head where tenant_id = $1 for update`,
    [tenantId],
  );
  return { sequence: Number(head.sequence), hash: head.hash };
}

async function insert(manager: EntityManager, entry: HashedEntry, hash: string): Promise<void> {
  await manager.query(
    `insert into audit_entry (id, tenant_id, project_id, sequence, at, actor_kind, actor_id, actor_name, address,
       action, target_kind, target_id, target_label, before, after, previous_hash, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      entry.id,
      entry.tenantId,
      entry.projectId,
      entry.sequence,
      entry.at,
      entry.actorKind,
      entry.actorId,
      entry.actorName,
      entry.address,
      entry.action,
      entry.targetKind,
      entry.targetId,
      entry.targetLabel,
      entry.before === null ? null : JSON.stringify(entry.before),
      entry.after === null ? null : JSON.stringify(entry.after),
      entry.previousHash,
      hash,
    ],
  );
}
