import { readFile, writeFile } from 'node:fs/promises';
import type { Config } from '../config/config.js';
import { startSimulator, type Simulator } from '../simulator/simulator.js';

/** Starts the simulator on the port it had last time, if that is free, so that its provider need not change. */
export async function startDemoSimulator(config: Config): Promise<Simulator> {
  const path = config.dataPath('simulator.port');
  const lastPort = Number(await readFile(path, 'utf8').catch(() => '0'));
  const simulator = await startSimulator({ port: lastPort, needsKey: false }).catch(() =>
    startSimulator({ needsKey: false }),
  );
  if (simulator.port !== lastPort) await writeFile(path, String(simulator.port), { mode: 0o600 });
  return simulator;
}
