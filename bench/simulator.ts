import { join } from 'node:path';

interface SimulatorModule {
  startSimulator(options: { keptCalls: number }): Promise<{ url: string }>;
}

/** The upstream, in a process of its own. The built one is used: the sources need a compiler's help. */
const path = join(import.meta.dirname, '..', 'dist', 'simulator', 'simulator.js');
const { startSimulator } = (await import(path)) as SimulatorModule;
const { url } = await startSimulator({ keptCalls: 10 });
console.log(JSON.stringify({ url }));
