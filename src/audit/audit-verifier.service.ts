import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { CHAIN_START, hashEntry } from './audit-chain.js';
import { AUDIT_COLUMNS, toHashed, type AuditRow } from './audit-rows.js';
import type { AuditVerdict, VerifyAudit } from './audit.dto.js';
import { auditErrors } from './audit.errors.js';

const BATCH = 500;

interface Link {
  readonly sequence: number;
  readonly hash: string;
}

type Break = NonNullable<AuditVerdict['break']>;

const START: Link = { sequence: 0, hash: CHAIN_START };

/** Walks a tenant's chain and says whether anyone changed, removed or inserted an entry behind our back. */
@Injectable()
export class AuditVerifier {
  constructor(private readonly database: DataSource) {}

  /** Checks every entry there is at this moment, and an entry noted earlier if one is given. */
  verify({ tenantId, projectIds }: Access, anchor: VerifyAudit = {}): Promise<AuditVerdict> {
    if (projectIds !== 'all') throw auditErrors.whole_tenant_only();
    return this.database.transaction('REPEATABLE READ', async (manager) => {
      const head = await readHead(manager, tenantId);
      let last = START;
      for (;;) {
        const rows = await readAfter(manager, tenantId, last.sequence);
        for (const row of rows) {
          const broken = breakAt(row, last, anchor);
          if (broken) return { isIntact: false, verified: last.sequence, head, break: broken };
          last = { sequence: Number(row.sequence), hash: row.hash };
        }
        if (rows.length < BATCH) break;
      }
      const broken = breakAtEnd(last, head, anchor);
      return { isIntact: broken === null, verified: last.sequence, head, break: broken };
    });
  }
}

async function readHead(manager: EntityManager, tenantId: string): Promise<Link> {
  const [head] = await manager.query<{ sequence: string; hash: string }[]>(
    `select sequence, hash from audit_head where tenant_id = $1`,
    [tenantId],
  );
  return head ? { sequence: Number(head.sequence), hash: head.hash } : START;
}

function readAfter(manager: EntityManager, tenantId: string, sequence: number): Promise<AuditRow[]> {
  return manager.query(
    `select ${AUDIT_COLUMNS} from audit_entry where tenant_id = $1 and sequence > $2 order by sequence limit ${BATCH}`,
    [tenantId, sequence],
  );
}

function breakAt(row: AuditRow, last: Link, anchor: VerifyAudit): Break | null {
  const sequence = Number(row.sequence);
  if (sequence !== last.sequence + 1) return { sequence: last.sequence + 1, reason: 'missing' };
  if (hashEntry(toHashed(row)) !== row.hash) return { sequence, reason: 'changed' };
  if (row.previous_hash !== last.hash) return { sequence, reason: 'unlinked' };
  const isOther = anchor.sequence === sequence && anchor.hash !== undefined && anchor.hash !== row.hash;
  return isOther ? { sequence, reason: 'anchor' } : null;
}

function breakAtEnd(last: Link, head: Link, anchor: VerifyAudit): Break | null {
  if (last.sequence < head.sequence) return { sequence: last.sequence + 1, reason: 'missing' };
  if (last.hash !== head.hash) return { sequence: last.sequence, reason: 'head' };
  if (anchor.sequence !== undefined && anchor.sequence > last.sequence) {
    return { sequence: anchor.sequence, reason: 'anchor' };
  }
  return null;
}
