import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processesOfGroup } from '../support/server-process.ts';

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

export interface Outcome {
  /** `null` when it was killed. */
  readonly code: number | null;
  /** What it printed on both outputs, without colours. */
  readonly output: string;
  readonly seconds: number;
  readonly isLate: boolean;
}

const COLOURS = new RegExp(String.raw`\u001B\[[\d;?]*[a-zA-Z]`, 'g');

/** The groups of commands that are under way. */
const running = new Set<number>();

/** Ends all commands that are under way. */
export function endCommands(): void {
  for (const group of running) killGroup(group);
}

/** Runs a command in a process group of its own, of which nothing is left afterwards. */
export async function runCommand({ file, arguments: words, cwd, env, timeoutMs }: Command): Promise<Outcome> {
  const began = performance.now();
  const child = spawn(file, words, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(child.pid);
  }, timeoutMs);
  if (child.pid !== undefined) running.add(child.pid);
  const [code] = (await once(child, 'exit').finally(() => clearTimeout(timer))) as [number | null];
  await endGroup(child.pid);
  if (child.pid !== undefined) running.delete(child.pid);
  const seconds = (performance.now() - began) / 1000;
  return { code, output: output.replace(COLOURS, ''), seconds, isLate };
}

async function endGroup(group: number | undefined): Promise<void> {
  killGroup(group);
  if (group === undefined || process.platform !== 'linux') return;
  while ((await processesOfGroup(group)).length > 0) killGroup(group);
}

function killGroup(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}
