import { Command } from 'commander';
import { startSimulator } from '../simulator/simulator.js';
import { listenForStop } from '../server/stop-signals.js';

interface Options {
  readonly host: string;
  readonly port: string;
}

/** `waggle simulate`: an upstream to try things out with, until a signal ends it. */
export const simulateCommand = new Command('simulate')
  .description('start an upstream that speaks the dialects of OpenAI and Anthropic and goes wrong on request')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 takes any free one', '4010')
  .action(async ({ host, port }: Options) => {
    const { stop } = listenForStop();
    const simulator = await startSimulator({ host, port: Number(port) });
    process.stdout.write(`The simulator is ready at ${simulator.url}/v1\n`);
    stop.addEventListener('abort', () => void simulator.close().then(() => process.exit(0)));
  });
