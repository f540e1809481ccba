import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Config } from '../config/config.js';
import type { AttemptRecord, BackgroundState } from '../journal/ledger-record.js';
import { ADD_LATE_USAGE } from './late-usage.sql.js';

/** What came of a response after its call had been put on record. */
export interface LateUse {
  readonly attempt: AttemptRecord;
  readonly state: BackgroundState;
  /** When the call began; ISO 8601. */
  readonly startedAt: string;
}

/** Puts on record what a call has used after it had ended. */
@Injectable()
export class LateUsage {
  constructor(private readonly config: Config) {}

  /** Adds it to the ledger and all sums, in the caller's transaction. False when it was there already. */
  async add(manager: EntityManager, { attempt, state, startedAt }: LateUse): Promise<boolean> {
    const cost = attempt.cost_picos === null ? null : String(attempt.cost_picos);
    const text = JSON.stringify({ ...attempt, cost_picos: cost });
    const parameters = [text, String(this.config.metadataValues), state, startedAt];
    const [row] = await manager.query<{ added: number }[]>(ADD_LATE_USAGE, parameters);
    return row?.added === 1;
  }
}
