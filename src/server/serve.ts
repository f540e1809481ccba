import { createLogger } from '../common/logging/logger.js';
import { Config } from '../config/config.js';
import { lockDataDir } from './data-dir.js';
import { migrateDatabase, openDatabase } from './open-database.js';
import { prepare } from './prepare.js';
import { reportFailure } from './report-failure.js';
import { startApp } from './running-app.js';
import { aborted, listenForStop } from './stop-signals.js';
import { startWorkers } from './worker-pool.js';

type CleanUp = () => Promise<unknown>;

/**
 * Runs the gateway until a signal ends it, or something it can't do without. Everything that was opened is closed in
 * reverse; then the process ends, with 0 after a signal and 1 after a failure.
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const { stop, force } = listenForStop();
  const cleanUps: CleanUp[] = [];
  const uncaught = new Promise<never>((_, reject) => process.on('uncaughtException', reject));
  let code = 0;
  try {
    const isRunning = await Promise.race([open(env, cleanUps, { stop, force }), uncaught]);
    if (isRunning) await Promise.race([aborted(stop), uncaught]);
  } catch (error) {
    reportFailure(error);
    code = 1;
  }
  for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(reportFailure);
  process.exit(code);
}

/** Step by step, from the ground up. False when asked to stop on the way. */
async function open(
  env: NodeJS.ProcessEnv,
  cleanUps: CleanUp[],
  { stop, force }: { stop: AbortSignal; force: AbortSignal },
): Promise<boolean> {
  const given = Config.from(env);
  const log = createLogger({ level: given.logLevel, isReadable: given.isLogReadable });
  const progress = (step: string): void => log.info(step);

  const lock = await lockDataDir(given);
  cleanUps.push(() => lock.release());

  const database = await openDatabase(given, { onProgress: progress, onLost: (what) => log.error(what) });
  cleanUps.push(() => database.close());
  if (stop.aborted) return false;

  const full = { ...env, DATABASE_URL: database.url };
  const config = Config.from(full);
  await unless(stop, migrateDatabase(database.url, progress));
  const prepared = await unless(stop, prepare(config));
  if (!prepared) return false;
  cleanUps.push(() => prepared.close());

  const starting = config.workers === 1 ? startApp(config) : startWorkers(config, full, log);
  const stopping = starting.then(
    (app) => () => app.stop(force),
    () => async () => {}, // it is reported where it is awaited
  );
  cleanUps.push(async () => (await stopping)());
  const running = await unless(stop, starting);
  for (const line of running ? prepared.welcome(running.url) : []) process.stdout.write(`${line}\n`);
  return running !== undefined;
}

/** The result, or undefined as soon as we are asked to stop. */
async function unless<T>(stop: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return Promise.race([work, aborted(stop).then(() => undefined)]);
}
