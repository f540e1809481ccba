import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { recordChanges, type Change } from '../database/config-change.js';
import { appendEntries, type AuditFact } from './audit-chain.js';

/** What a write does beside its rows: the facts for the audit trail, and the rows the data plane must read again. */
export interface Write {
  readonly manager: EntityManager;
  /** Notes what was done. At least one fact a write, or the write is refused: nothing changes unseen. */
  audit(fact: AuditFact): void;
  /** Notes a row that the compiled configuration depends on. */
  changed(kind: Change['kind'], id: string): void;
}

/** The one way to change configuration: rows, audit entry and change notice in one transaction. */
@Injectable()
export class Writes {
  constructor(private readonly database: DataSource) {}

  /** Runs `work` in a transaction of its own. If it throws, nothing of it remains. */
  run<T>(access: Access, work: (write: Write) => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      const facts: AuditFact[] = [];
      const changes: Change[] = [];
      const result = await work({
        manager,
        audit: (fact) => void facts.push(fact),
        changed: (kind, id) => void changes.push({ kind, id }),
      });
      if (facts.length === 0) throw new Error('A write without an audit fact.');
      await appendEntries(manager, access, facts);
      if (changes.length > 0) await recordChanges(manager, changes);
      return result;
    });
  }
}
