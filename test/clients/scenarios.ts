import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent, Lane, OwnTool } from './agents.ts';
import type { LedgerRow, Route } from './ground.ts';
import type { Outcome } from './run-command.ts';

/** What the simulator is told to do with a prompt. */
export interface Prompt {
  readonly say?: string;
  readonly tool?: string;
  readonly input?: object;
  /** How many tokens it thinks before. */
  readonly thinks?: number;
}

/** A run that is over. */
export interface Run {
  readonly agent: Agent;
  readonly lane: Lane;
  readonly route: Route;
  readonly outcome: Outcome;
  /** Where the agent worked. */
  readonly folder: string;
}

/** Something to try with an agent. */
export interface Scenario {
  readonly name: string;
  readonly timeoutMs: number;
  /** What its token may spend, in USD; nothing: as much as it likes. */
  readonly limit?: string;
  /** The profile's name; nothing: any. */
  readonly profile?: string;
  prompt(agent: Agent): Prompt;
  /** What is wrong with a run; nothing if all is well. */
  problems(run: Run): Promise<readonly string[]>;
}

// The agents repeat their prompts, in which these words have no spaces.
const ANSWER = 'The bees dance to the north';
const DONE = 'All of it is written down';
const PROOF = { file: 'proof.txt', text: 'buzz' };
const TURN_MS = 90_000;
/** Some try for a minute and a half before they believe that a budget is used up. */
const BROKE_MS = 240_000;

export const text: Scenario = {
  name: 'text',
  timeoutMs: TURN_MS,
  prompt: () => ({ say: ANSWER }),
  problems: async (run) => [...wentWell(run, ANSWER), ...(await wasBooked(run, 1))],
};

/** A shell command, after a thought, that leaves a file behind; the answer comes only once its result has come back. */
export const tool: Scenario = {
  name: 'tool',
  timeoutMs: TURN_MS,
  prompt: (agent) => ({ say: DONE, thinks: 6, ...agent.shell(`echo ${PROOF.text} > ${PROOF.file}`) }),
  problems: async (run) => {
    const proof = await readFile(join(run.folder, PROOF.file), 'utf8').catch(() => '');
    const missing = proof.trim() === PROOF.text ? [] : ['the tool did not run'];
    return [...wentWell(run, DONE), ...missing, ...(await wasBooked(run, 2))];
  },
};

/** The same with a tool that the agent has only with a certain model. */
export function ownTool({ model, tool: name, input }: OwnTool): Scenario {
  return { ...tool, name: model, profile: model, prompt: () => ({ say: DONE, tool: name, input }) };
}

export const broke: Scenario = {
  name: 'budget used up',
  timeoutMs: BROKE_MS,
  limit: '0',
  prompt: () => ({ say: ANSWER }),
  problems: async ({ agent: { broke: expected }, outcome, route }) => {
    const rows = await route.rows(1);
    const others = rows.filter(({ status, errorCode }) => status !== 429 || errorCode !== 'insufficient_quota');
    return [
      ...(outcome.isLate ? ['it never gave up'] : []),
      ...(outcome.code === 0 ? ['exit code 0'] : []),
      ...(expected.shows.test(outcome.output) ? [] : [`it does not say why: ${tail(outcome)}`]),
      ...(expected.stopsAtOnce && rows.length > 1 ? [`it tried ${rows.length} times`] : []),
      ...(rows.length > 0 && others.length === 0
        ? []
        : [`refusals on record: ${rows.length}, others: ${others.length}`]),
      ...(route.seen().length > 0 ? ['it reached the upstream'] : []),
    ];
  },
};

function wentWell({ agent, lane, route, outcome }: Run, answer: string): string[] {
  const calls = route.seen();
  const strangers = calls.filter(({ operation }) => operation !== agent.lanes[lane].operation);
  const failed = calls.filter(({ status }) => status >= 400);
  return [
    ...(outcome.isLate ? ['it took too long'] : []),
    ...(outcome.code === 0 || outcome.isLate ? [] : [`exit code ${outcome.code}`]),
    ...(outcome.output.includes(answer) ? [] : [`the answer is not in what it printed: ${tail(outcome)}`]),
    ...(strangers.length > 0 ? [`the upstream was asked for ${strangers[0]?.operation}`] : []),
    ...(failed.length > 0 ? [`the upstream refused ${failed.length} of ${calls.length} calls`] : []),
  ];
}

/** Each call is in the ledger with the provider's usage, and the upstream saw as many. */
async function wasBooked({ route }: Run, atLeast: number): Promise<string[]> {
  const calls = route.seen();
  const rows = await route.rows(Math.max(atLeast, calls.length));
  if (rows.length < atLeast || rows.length !== calls.length) return [`${rows.length} rows for ${calls.length} calls`];
  const bad = rows.find((row) => !isWhole(row));
  return bad ? [`a row without usage or cost: ${JSON.stringify(bad).slice(0, 300)}`] : [];
}

function isWhole({ outcome, usageSource, costUsd, used }: LedgerRow): boolean {
  const isPriced = costUsd !== null && Number(costUsd) > 0;
  return outcome === 'ok' && usageSource === 'provider' && isPriced && used.inputTokens > 0 && used.outputTokens > 0;
}

function tail({ output }: Outcome): string {
  return output.trim().slice(-300).replaceAll(/\s+/g, ' ');
}

/** A prompt with the wish of what is to be answered. */
export function worded({ say, tool: name, input, thinks }: Prompt): string {
  const wish = new URLSearchParams({
    ...(thinks === undefined ? {} : { reasoning: String(thinks) }),
    ...(name === undefined ? {} : { tool: name, toolInput: JSON.stringify(input) }),
    ...(say === undefined ? {} : { say }),
  });
  return `Please answer. [[simulate ${wish}]]`;
}
