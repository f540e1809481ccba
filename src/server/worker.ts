import cluster from 'node:cluster';
import { Config } from '../config/config.js';
import { WorkerIdentity } from '../config/worker-identity.js';
import { lockFile } from './lock-file.js';
import { reportFailure } from './report-failure.js';
import { startApp } from './running-app.js';

/** Tells a worker its slot. Not a `WAGGLE_` name: it is no setting of an operator's. */
export const SLOT_VARIABLE = 'CLUSTER_WORKER_SLOT';

/** What the primary tells a worker. */
export type Order = 'drain' | 'force';

/**
 * Runs one worker until the primary says otherwise, or is gone. Signals are the primary's business: Ctrl-C reaches the
 * whole group, and a worker that obeyed it would race its own primary.
 */
export async function serveAsWorker(env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
  try {
    const config = Config.from(env);
    const slot = Number(env[SLOT_VARIABLE]);
    // A worker of a primary that was killed may still be draining, and has this slot's journal open.
    const patienceMs = (config.shutdownGraceSeconds + 10) * 1000;
    const lock = await lockFile(config.dataPath(`worker-${slot}.lock`), patienceMs);
    const orders = listenForOrders();
    const app = await startApp(config, new WorkerIdentity(slot));
    await orders.drain;
    await app.stop(orders.force);
    await lock.release();
    process.exit(0);
  } catch (error) {
    reportFailure(error);
    process.exit(1);
  }
}

function listenForOrders(): { drain: Promise<void>; force: AbortSignal } {
  const force = new AbortController();
  const drain = new Promise<void>((resolve) => {
    process.on('message', (order: Order | object) => {
      if (order === 'force') force.abort();
      if (order === 'force' || order === 'drain') resolve(); // other messages are for the vault
    });
    cluster.worker?.on('disconnect', () => {
      // Without this, Node ends a worker at once when its primary dies, and cuts off what is in flight.
      if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
      resolve();
    });
  });
  return { drain, force: force.signal };
}
