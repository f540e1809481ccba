import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Agent, Lane } from './agents.ts';
import type { Ground } from './ground.ts';
import type { Outside } from './outside.ts';
import { runCommand } from './run-command.ts';
import { worded, type Scenario } from './scenarios.ts';
import { setUp } from './set-up.ts';

/** Where agents are run. */
export interface Place {
  readonly ground: Ground;
  readonly outside: Outside;
  /** The folder of their commands. */
  readonly commands: string;
  /** The folder for homes and workspaces. */
  readonly folder: string;
}

/** How one run ended. */
export interface Verdict {
  readonly client: string;
  readonly lane: string;
  readonly scenario: string;
  readonly problems: readonly string[];
  readonly calls: number;
  readonly seconds: number;
  /** The hosts that the agent would have called beside the gateway. */
  readonly hosts: readonly string[];
}

/** Runs an agent once, in a home and a folder of its own, set up as the gateway says. */
export async function tryAgent(place: Place, agent: Agent, lane: Lane, scenario: Scenario): Promise<Verdict> {
  const name = [agent.client, lane, scenario.name].join('-').replaceAll(' ', '-');
  const home = join(place.folder, name, 'home');
  const folder = join(place.folder, name, 'work');
  for (const path of [home, folder, join(home, 'tmp')]) await mkdir(path, { recursive: true });
  const route = await place.ground.route(scenario.profile ?? name, agent.lanes[lane].driver, scenario.limit);
  const snippet = route.snippets.find(({ client }) => client === agent.client);
  if (!snippet) throw new Error(`The gateway does not say how ${agent.client} is set up.`);
  const exported = await setUp(snippet, home, route.token);
  const outcome = await runCommand({
    file: join(place.commands, agent.command),
    arguments: agent.arguments(worded(scenario.prompt(agent))),
    cwd: folder,
    env: { ...bare(home), ...place.outside.envOf(name), ...agent.quiet, WAGGLE_TOKEN: route.token, ...exported },
    timeoutMs: scenario.timeoutMs,
  });
  const problems = await scenario.problems({ agent, lane, route, outcome, folder });
  const { length: calls } = await route.rows(0);
  const { seconds } = outcome;
  return {
    client: agent.client,
    lane,
    scenario: scenario.name,
    problems,
    calls,
    seconds,
    hosts: place.outside.hostsOf(name),
  };
}

/** Nothing of our own environment but the way to Node and the shell. */
function bare(home: string): NodeJS.ProcessEnv {
  const PATH = [dirname(process.execPath), process.env.PATH].join(':');
  return { PATH, HOME: home, TMPDIR: join(home, 'tmp'), LANG: 'C.UTF-8', TERM: 'dumb', NO_COLOR: '1' };
}
