import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { lockAllowances } from './lease-sync.js';
import { WorkerPlace } from './worker-place.js';

interface WorkerRow {
  readonly id: string;
  readonly place: string;
  readonly process: string;
  readonly is_expired: boolean;
  readonly is_silent: boolean;
  readonly journal_since: Date;
}

/** A worker's ledger rows begin when it does; this much for clocks that differ. */
const EARLIEST = `worker.started_at - interval '1 hour'`;

/**
 * Takes back the leases of workers that died. What such a worker spent is in the ledger, once its journal is; all else of
 * its leases is free again. In the worker's own place that is known within seconds; elsewhere one waits for its expiry.
 */
@Injectable()
export class DeadWorkers {
  private readonly logger = new Logger(DeadWorkers.name);
  /** Since when (ms since epoch) all segments of these dead workers have had owners who sign in here. */
  private adopted: { readonly ids: string; readonly at: number } | undefined;
  private isRunning = false;

  constructor(
    private readonly database: DataSource,
    readonly place: WorkerPlace,
  ) {}

  /**
   * Looks once whether somebody died, and takes back what can be. `isSteady`: whether Postgres was there for a while, so
   * that who still lives has had the time to say so. Never throws: the next look is near.
   */
  async takeBack(ownId: string, isSteady: boolean): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      await this.look(ownId, isSteady);
    } catch (error) {
      this.logger.debug(`Leases of dead workers can't be taken back now: ${String(error)}`);
    } finally {
      this.isRunning = false;
    }
  }

  /** Ends a worker whose leases say themselves what was spent. */
  async dismiss(manager: EntityManager, workerId: string): Promise<void> {
    await lockFor(manager, workerId);
    await manager.query(
      `with gone as (delete from allowance_lease where worker_id = $1 returning counter_id, settled)
       update allowance_counter c set settled = c.settled + gone.settled from gone where c.id = gone.counter_id`,
      [workerId],
    );
    await manager.query(`delete from allowance_worker where id = $1`, [workerId]);
  }

  private async look(ownId: string, isSteady: boolean): Promise<void> {
    const workers = await this.database.query<WorkerRow[]>(
      `select id, place, process, expires_at < now() as is_expired, journal_since,
         seen_at < now() - interval '30 seconds' as is_silent from allowance_worker where id <> $1`,
      [ownId],
    );
    const here = workers.filter(({ place }) => place === this.place.id);
    const gone = here.filter(({ process }) => this.place.isGone(process));
    const live = here.filter((worker) => !gone.includes(worker));
    const silent = workers.filter((worker) => isSteady && worker.is_silent);
    const slotless = [...gone, ...silent].map(({ id }) => id);
    if (slotless.length > 0) await this.freeSlots(slotless);
    const isSettled = this.areInLedger(gone, live);
    for (const worker of workers) {
      if ((isSteady && worker.is_expired) || (isSettled && gone.includes(worker))) await this.settle(worker);
    }
  }

  /**
   * Whether everything that these dead workers journalled is in the ledger. Whoever has their segments signs in here, and
   * has drained beyond the moment when that was first so; with each further death it may have changed.
   */
  private areInLedger(gone: readonly WorkerRow[], live: readonly WorkerRow[]): boolean {
    const processes = live.map(({ process }) => process);
    if (gone.length === 0 || this.place.hasOrphans() || !this.place.areAllWriters(processes)) {
      this.adopted = undefined;
      return false;
    }
    const ids = gone
      .map(({ id }) => id)
      .toSorted()
      .join();
    if (this.adopted?.ids !== ids) this.adopted = { ids, at: Date.now() };
    const { at } = this.adopted;
    const drained = [this.place.journalSince, ...live.map((worker) => worker.journal_since.getTime())];
    return drained.every((since) => since > at);
  }

  private async freeSlots(workerIds: readonly string[]): Promise<void> {
    await this.database.query(
      `delete from allowance_lease l using allowance_counter c, allowance a
       where l.worker_id = any($1) and c.id = l.counter_id and a.id = c.allowance_id and a.metric = 'concurrency'`,
      [workerIds],
    );
  }

  private async settle({ id }: WorkerRow): Promise<void> {
    await this.database.transaction(async (manager) => {
      const known = await manager.query<unknown[]>(`select from allowance_worker where id = $1 for update`, [id]);
      if (known.length === 0) return;
      await lockFor(manager, id);
      await manager.query(SETTLE_FROM_LEDGER, [id]);
      await manager.query(`delete from allowance_worker where id = $1`, [id]);
      this.logger.log(`The leases of worker ${id}, which is gone, were taken back.`);
    });
  }
}

async function lockFor(manager: EntityManager, workerId: string): Promise<void> {
  const rows = await manager.query<{ id: string }[]>(
    `select distinct c.allowance_id as id from allowance_lease l join allowance_counter c on c.id = l.counter_id
     where l.worker_id = $1`,
    [workerId],
  );
  await lockAllowances(
    manager,
    rows.map(({ id }) => id),
  );
}

const SETTLE_FROM_LEDGER = `
  with gone as (
    delete from allowance_lease where worker_id = $1 returning counter_id
  ), charged as (
    select charge.key::uuid as counter_id, sum(charge.value::bigint) as amount
    from request, jsonb_each_text(request.charges) as charge
    where request.worker_id = $1
      and request.started_at > (select ${EARLIEST} from allowance_worker worker where worker.id = $1)
    group by 1
  )
  update allowance_counter c set settled = c.settled + charged.amount
  from charged join gone on gone.counter_id = charged.counter_id where c.id = charged.counter_id`;
