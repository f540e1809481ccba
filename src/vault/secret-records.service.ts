import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager, type FindOptionsWhere } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { Secret } from './secret.entity.js';
import { secretErrors } from './secrets.errors.js';

/** All that may be known of a secret. */
export interface SecretRecord {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly useCount: number;
  readonly lastUsedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SecretFilter {
  readonly limit?: number;
  readonly cursor?: string;
  /** Part of the name, in any case. */
  readonly q?: string;
}

/** Reads about secrets, never their values; works while the vault is locked. */
@Injectable()
export class SecretRecords {
  constructor(private readonly database: DataSource) {}

  /** Lists by name. */
  async list(access: Access, { limit = DEFAULT_PAGE_SIZE, cursor, q }: SecretFilter): Promise<Page<SecretRecord>> {
    const query = this.database.createQueryBuilder(Secret, 'secret').where(reachable(access));
    if (q !== undefined) query.andWhere('position(lower(:q) in lower(secret.name)) > 0', { q });
    if (cursor !== undefined) {
      const [name, id] = decodeCursor(cursor, 'text', 'id');
      query.andWhere('(secret.name, secret.id) > (:name, :id::uuid)', { name, id });
    }
    const rows = await query
      .orderBy('secret.name')
      .addOrderBy('secret.id')
      .take(limit + 1)
      .getMany();
    return toPage(rows, limit, { view: toRecord, cursor: ({ name, id }) => [name, id] });
  }

  /** Throws `secret.not_found`, also for a secret out of reach. */
  async get(access: Access, id: string, manager: EntityManager = this.database.manager): Promise<SecretRecord> {
    const secret = await manager.findOneBy(Secret, { id, ...reachable(access) });
    if (!secret) throw secretErrors.not_found({ id });
    return toRecord(secret);
  }

  /** The id of the secret with this name in the project, or (`null`) in the whole tenant; `null` when there is none. */
  async findId(
    manager: EntityManager,
    { tenantId }: Access,
    { name, projectId }: { name: string; projectId: string | null },
  ): Promise<string | null> {
    const [found] = await manager.query<{ id: string }[]>(
      `select id from secret where tenant_id = $1 and project_id is not distinct from $2 and name = $3 for update`,
      [tenantId, projectId, name],
    );
    return found?.id ?? null;
  }
}

/** The rows that `access` reaches. */
export function reachable({ tenantId, projectIds }: Access): FindOptionsWhere<Secret> {
  return projectIds === 'all' ? { tenantId } : { tenantId, projectId: In([...projectIds]) };
}

function toRecord(secret: Secret): SecretRecord {
  const { id, projectId, name, useCount, lastUsedAt, version, createdAt, updatedAt } = secret;
  return { id, projectId, name, useCount: Number(useCount), lastUsedAt, version, createdAt, updatedAt };
}
