import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Leader } from '../database/leader.js';
import type { PendingEntry, PendingHoldRecord, PendingResponseRecord } from '../journal/pending-response-record.js';
import { settleLate } from '../limits/late-charges.js';
import { LateUsage } from '../usage/late-usage.service.js';
import { PendingResponses, type PendingEnd } from './pending-responses.js';

/** Those that this process has in its journal still are known for so long; then they are in Postgres, or over. */
const NOTED_MS = 10_000;
const MAX_NOTED = 10_000;

/** Pending responses: the latest of this process in memory, all of them in Postgres. */
@Injectable()
export class PendingResponsesService extends PendingResponses {
  private readonly logger = new Logger(PendingResponsesService.name);
  private readonly noted = new Map<string, { readonly response: PendingResponseRecord; readonly at: number }>();
  private settled = 0;

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
    private readonly usage: LateUsage,
  ) {
    super();
  }

  /** How many were settled here since the start. */
  get settledCount(): number {
    return this.settled;
  }

  note({ response }: PendingEntry): void {
    this.forgetOld();
    this.noted.set(keyOf(response), { response, at: Date.now() });
  }

  async countOf(tokenId: string): Promise<number> {
    const known = await this.database
      .query<{ id: string }[]>(`select id from pending_response where token_id = $1`, [tokenId])
      .catch((error: unknown) => this.withoutPostgres(error));
    this.forgetOld();
    const here = [...this.noted.values()].filter(({ response }) => response.token_id === tokenId);
    return new Set([...known, ...here.map(({ response }) => response)].map(({ id }) => id)).size;
  }

  async find(projectId: string, id: string): Promise<PendingResponseRecord | undefined> {
    const [row] = await this.database.query<{ response: PendingResponseRecord }[]>(
      `select to_jsonb(p) as response from pending_response p where project_id = $1 and id = $2`,
      [projectId, id],
    );
    return row?.response ?? this.noted.get(keyOf({ project_id: projectId, id }))?.response;
  }

  async claim(most: number): Promise<readonly PendingResponseRecord[]> {
    if (!this.leader.isLeader) return [];
    const rows = await this.database.query<{ response: PendingResponseRecord }[]>(CLAIM, [most]);
    return rows.map(({ response }) => response);
  }

  async hasten(projectId: string, id: string): Promise<void> {
    await this.database
      .query(`update pending_response set look_at = now() where project_id = $1 and id = $2`, [projectId, id])
      .catch((error: unknown) => this.logger.debug(`A pending response is looked at later: ${String(error)}`));
  }

  async wasLookedAt({ project_id, id, misses }: PendingResponseRecord, isThere: boolean): Promise<number> {
    const now = isThere ? 0 : misses + 1;
    if (now === misses) return now;
    const sql = `update pending_response set misses = $3 where project_id = $1 and id = $2`;
    await this.database.query(sql, [project_id, id, now]);
    return now;
  }

  async settle(response: PendingResponseRecord, end: PendingEnd): Promise<boolean> {
    const isFirst = await this.database.transaction((manager) => this.settleOnce(manager, response, end));
    if (!isFirst) return false;
    this.settled += 1;
    this.noted.delete(keyOf(response));
    return true;
  }

  /** Whoever deletes the row settles; all others find nothing. */
  private async settleOnce(
    manager: EntityManager,
    { project_id, id, started_at: startedAt }: PendingResponseRecord,
    { state, attempt, used }: PendingEnd,
  ): Promise<boolean> {
    const key = [project_id, id];
    const holds = await manager.query<PendingHoldRecord[]>(HOLDS, key);
    const gone = await manager.query<unknown[]>(REMOVE, key);
    if (gone.length === 0 || !(await this.usage.add(manager, { attempt, state, startedAt }))) return false;
    const charges = holds.map((hold) => ({ ...hold, amount: (used[hold.metric] ?? 0) - Number(hold.amount) }));
    await settleLate(manager, charges);
    return true;
  }

  private withoutPostgres(error: unknown): never[] {
    this.logger.warn(`Pending responses of other processes are not counted: ${String(error)}`);
    return [];
  }

  private forgetOld(): void {
    const before = Date.now() - NOTED_MS;
    for (const [key, { at }] of this.noted) {
      if (at > before && this.noted.size <= MAX_NOTED) return;
      this.noted.delete(key);
    }
  }
}

function keyOf({ project_id, id }: Pick<PendingResponseRecord, 'project_id' | 'id'>): string {
  return `${project_id} ${id}`;
}

/** The pauses between two looks grow with its age: a quarter of it, from two seconds to a minute. */
const CLAIM = `
  with due as (
    select project_id, id from pending_response where look_at <= now() order by look_at limit $1 for update skip locked
  ), claimed as (
    update pending_response p
    set look_at = now() + least(interval '1 minute', greatest(interval '2 seconds', (now() - p.started_at) / 4))
    from due where p.project_id = due.project_id and p.id = due.id returning p.*
  )
  select to_jsonb(claimed) as response from claimed`;

const HOLDS = `
  select allowance_id, epoch, subject, window_start, window_end, metric, amount from pending_hold
  where project_id = $1 and response_id = $2`;

const REMOVE = `
  with gone as (delete from pending_response where project_id = $1 and id = $2 returning id) select id from gone`;
