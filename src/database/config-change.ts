import type { EntityManager } from 'typeorm';

/** The channel on which every committed configuration change is announced; the payload is the new revision. */
export const CHANGE_CHANNEL = 'waggle_change';

/** What kind of row changed; the compiler reads it again by its id. */
export const CHANGE_KINDS = [
  'token',
  'project',
  'profile',
  'model',
  'provider',
  'allowance',
  'secret',
  'vault',
  'identity',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A row that a transaction changed. */
export interface Change {
  readonly kind: ChangeKind;
  readonly id: string;
}

/**
 * Numbers the transaction's configuration changes and announces them at commit. The counter's row lock makes writers
 * commit in the order of their revisions, so a reader that has seen revision n has seen everything before it.
 * Call it last in the transaction: it holds the lock until the commit. Returns the new revision.
 */
export async function recordChanges(manager: EntityManager, changes: readonly Change[]): Promise<number> {
  const [{ revision }] = await manager.query<[{ revision: string }]>(
    `with next as (update config_revision set revision = revision + 1 returning revision),
          log as (insert into config_change (revision, kind, entity_id)
                  select distinct next.revision, change.kind, change.id
                  from next, unnest($1::text[], $2::uuid[]) as change (kind, id))
     select revision, pg_notify($3, revision::text) from next`,
    [changes.map(({ kind }) => kind), changes.map(({ id }) => id), CHANGE_CHANNEL],
  );
  return Number(revision);
}
