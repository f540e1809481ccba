/** `npm run clients`: installs the agents of the README's client table into a temporary folder and runs each of them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDataDir } from '../support/data-dir.ts';
import { processesWith } from '../support/server-process.ts';
import { AGENTS, type Agent } from './agents.ts';
import { startGround, type Ground } from './ground.ts';
import { install } from './install.ts';
import { startOutside } from './outside.ts';
import { tryPython } from './python.ts';
import { toTable } from './report.ts';
import { endCommands } from './run-command.ts';
import { broke, ownTool, text, tool } from './scenarios.ts';
import { tryAgent, type Place, type Verdict } from './try-agent.ts';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, python: { type: 'boolean' } } });
const agents = AGENTS.filter(({ client }) => options.only === undefined || client === options.only);
if (agents.length === 0)
  throw new Error(`There is no client ${options.only}: ${AGENTS.map(({ client }) => client).join(', ')}`);

const folder = await temporaryDataDir('waggle-clients-');
let ground: Ground | undefined;
let cleaning: Promise<void> | undefined;
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isStopped = true;
    void cleanUp().then(() => process.exit(130));
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  if (!isStopped) throw error; // whatever was under way has been broken off
} finally {
  await cleanUp();
}

async function main(): Promise<number> {
  console.log(`Installing ${agents.map((agent) => agent.package).join(', ')}`);
  const commands = await install(agents, folder);
  const outside = await startOutside();
  ground = await startGround(join(folder, 'data'));
  const place: Place = { ground, outside, commands, folder };
  try {
    const verdicts = (await Promise.all(tries(place))).flat();
    console.log(toTable(verdicts));
    return verdicts.every(({ problems }) => problems.length === 0) ? 0 : 1;
  } finally {
    outside.close();
  }
}

function tries(place: Place): Promise<Verdict[]>[] {
  const python = options.python ? [tryPython(place)] : [];
  return [...agents.map((agent) => tryAll(place, agent)), ...python];
}

/** One after the other, but for the budget: who does not give up at once need not hold up the rest. */
async function tryAll(place: Place, agent: Agent): Promise<Verdict[]> {
  const [verdicts, last] = await Promise.all([tryTurns(place, agent), tryAgent(place, agent, 'same', broke)]);
  return [...verdicts, last];
}

async function tryTurns(place: Place, agent: Agent): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const lane of ['same', 'translated'] as const) {
    for (const scenario of [text, tool]) verdicts.push(await tryAgent(place, agent, lane, scenario));
  }
  for (const own of agent.ownTools ?? []) verdicts.push(await tryAgent(place, agent, 'translated', ownTool(own)));
  return verdicts;
}

/** Ends the gateway and what an agent may have left running, whatever it did to get away, and removes the folder. */
function cleanUp(): Promise<void> {
  cleaning ??= cleanUpOnce();
  return cleaning;
}

async function cleanUpOnce(): Promise<void> {
  endCommands();
  await ground?.close();
  if (process.platform === 'linux') {
    for (const pid of await processesWith(folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has ended by itself
      }
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
