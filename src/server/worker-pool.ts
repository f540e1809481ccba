import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { StartError } from '../common/errors/start-error.js';
import type { Pino } from '../common/logging/logger.js';
import type { Config } from '../config/config.js';
import { passVaultKeysBetweenWorkers } from '../vault/sibling-keys.js';
import { addressOf, type Running } from './running-app.js';
import { SLOT_VARIABLE, type Order } from './worker.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A worker that lived this long was well; the next one after it starts at once. */
const HEALTHY_MS = 30_000;

/** Starts `config.workers` processes that share the port, and replaces each that dies. */
export async function startWorkers(config: Config, env: NodeJS.ProcessEnv, log: Pino): Promise<Running> {
  cluster.setupPrimary({ exec: join(import.meta.dirname, '../main.js'), args: [] });
  const pool = new WorkerPool(env, log);
  process.on('SIGHUP', () => pool.passOn('SIGHUP'));
  passVaultKeysBetweenWorkers();
  try {
    const ports = await Promise.all(Array.from({ length: config.workers }, (_, slot) => pool.start(slot)));
    return { url: addressOf(config.host, ports[0] ?? config.port), stop: (force) => pool.stop(force) };
  } catch (error) {
    await pool.stop(AbortSignal.abort());
    throw error;
  }
}

class WorkerPool {
  private readonly workers = new Map<number, Worker>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private isStopping = false;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly log: Pino,
  ) {}

  /** Resolves with the port once the worker listens. One that can't even start the first time won't the second. */
  start(slot: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const worker = this.fork(slot);
      const onEarlyExit = (): void => reject(new StartError(`Worker ${slot} could not start`));
      worker.once('exit', onEarlyExit);
      worker.once('listening', ({ port }) => {
        worker.off('exit', onEarlyExit);
        this.replaceWhenDead(worker, slot, FIRST_DELAY_MS);
        resolve(port);
      });
    });
  }

  async stop(force: AbortSignal): Promise<void> {
    this.isStopping = true;
    for (const timer of this.restarts) clearTimeout(timer);
    const gone = [...this.workers.values()].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    const onForce = (): void => this.order('force');
    force.addEventListener('abort', onForce);
    this.order(force.aborted ? 'force' : 'drain');
    await Promise.all(gone);
  }

  passOn(signal: NodeJS.Signals): void {
    for (const worker of this.workers.values()) worker.kill(signal);
  }

  private order(order: Order): void {
    for (const worker of this.workers.values()) if (worker.isConnected()) worker.send(order);
  }

  private fork(slot: number): Worker {
    const worker = cluster.fork({ ...this.env, [SLOT_VARIABLE]: String(slot) });
    this.workers.set(slot, worker);
    worker.once('exit', () => this.workers.delete(slot));
    return worker;
  }

  private replaceWhenDead(worker: Worker, slot: number, delayMs: number): void {
    const bornAt = Date.now();
    worker.once('exit', (code, signal) => {
      if (this.isStopping) return;
      const waitMs = Date.now() - bornAt > HEALTHY_MS ? FIRST_DELAY_MS : delayMs;
      this.log.error({ slot, code, signal, waitMs }, 'A worker died; starting another');
      const timer = setTimeout(() => {
        this.restarts.delete(timer);
        this.replaceWhenDead(this.fork(slot), slot, Math.min(waitMs * 2, LONGEST_DELAY_MS));
      }, waitMs);
      this.restarts.add(timer);
    });
  }
}
