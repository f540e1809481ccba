import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;

/** A server in processes of its own, started as an operator would. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** All it has printed so far, on both outputs. */
  readonly output: () => string;
  /** Resolves with the address it prints when ready; rejects, with its output, when it ends before. */
  readonly ready: Promise<string>;
  /** Resolves with the exit code, or the signal's name, once it has ended and closed its outputs. */
  readonly ended: Promise<number | string>;
  /** Sends a signal to the whole foreground group, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void;
}

export interface ServerProcessOptions {
  readonly dataDir: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What to run; the built server unless given. */
  readonly command?: readonly [string, ...string[]];
  readonly cwd?: string;
}

/** Starts the built server on a free port, in a process group of its own. Nothing of our environment leaks in. */
export function startServerProcess({ dataDir, env, command, cwd = ROOT }: ServerProcessOptions): ServerProcess {
  const [file, ...parameters] = command ?? [process.execPath, '--enable-source-maps', join(cwd, 'dist/main.js')];
  const { PATH, HOME } = process.env;
  const child = spawn(file, parameters, {
    cwd,
    detached: true,
    env: { PATH, HOME, WAGGLE_PORT: '0', WAGGLE_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => resolveWithAddress(output, resolve));
    void ended.then((code) => reject(new Error(`The server ended with ${code}:\n${output}`)));
  });
  ready.catch(() => undefined); // a test that expects no start does not wait for it
  return {
    child,
    output: () => output,
    ready,
    ended,
    signalGroup: (signal) => void process.kill(-Number(child.pid), signal),
  };
}

function resolveWithAddress(output: string, resolve: (url: string) => void): void {
  // Only whole lines: the address may still be on its way.
  const [url] = ADDRESS.exec(output.slice(0, output.lastIndexOf('\n') + 1)) ?? [];
  if (url) resolve(url);
}

/** The processes whose command line has `text` in it, other than our own. Linux only. */
export async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = pids.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.includes(text) ? [pid] : [];
  });
  return (await Promise.all(found)).flat();
}

/** The processes of a group. Linux only. */
export async function processesOfGroup(group: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = pids.map(async (pid) => {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [state, , processGroup] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group && state !== 'Z' ? [pid] : [];
  });
  return (await Promise.all(found)).flat();
}

/** The process id of the embedded Postgres whose data is in `clusterDir`. */
export async function postmasterOf(clusterDir: string): Promise<number> {
  return Number((await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
