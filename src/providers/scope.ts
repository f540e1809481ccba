import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Brackets } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, type PageQuery } from '../common/http/paging.js';

/**
 * Narrows a query to the rows the caller may see: its tenant's, and of those the tenant-wide ones and the ones of the
 * projects it reaches. The table must have `tenantId` and `projectId`.
 */
export function visibleTo<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { tenantId, projectIds }: Access,
): SelectQueryBuilder<T> {
  query.where(`${query.alias}.tenantId = :tenantId`, { tenantId });
  if (projectIds === 'all') return query;
  return query.andWhere(
    new Brackets((either) =>
      either
        .where(`${query.alias}.projectId is null`)
        .orWhere(`${query.alias}.projectId in (:...projectIds)`, { projectIds: [...projectIds, NO_ID] }),
    ),
  );
}

const NO_ID = '00000000-0000-0000-0000-000000000000'; // an empty list is no SQL

/** Puts a page's order and start on a query that is sorted by name. */
export function pageByName<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  limit: number,
  after: readonly [name: string, id: string] | null,
): SelectQueryBuilder<T> {
  const { alias } = query;
  if (after) {
    query.andWhere(`(${alias}.name, ${alias}.id) > (:afterName, :afterId::uuid)`, {
      afterName: after[0],
      afterId: after[1],
    });
  }
  return query.orderBy(`${alias}.name`).addOrderBy(`${alias}.id`).take(limit);
}

/** The database's clock: one truth for what is in force, whichever worker asks. */
export async function databaseNow(manager: EntityManager): Promise<Date> {
  const [{ now }] = await manager.query<[{ now: Date }]>('select now()');
  return now;
}

/** Where a list that is sorted by name begins, and how long it is. Throws `paging.bad_cursor`. */
export function namePage({ limit = DEFAULT_PAGE_SIZE, cursor }: PageQuery): {
  limit: number;
  after: readonly [name: string, id: string] | null;
} {
  if (cursor === undefined) return { limit, after: null };
  const [name = '', id = ''] = decodeCursor(cursor, 'text', 'id');
  return { limit, after: [name, id] };
}
