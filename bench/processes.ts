import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Clock ticks a second in `/proc/<pid>/stat`; 100 on every Linux there is. */
const TICKS = 100;
/** A gateway first stores what it can of what it has journalled. Its Postgres would outlive it if it were killed. */
const STOP_MS = 90_000;
const children = new Set<Child>();

/** A process of the benchmark. What it says about itself comes as one line of JSON. */
export class Child {
  readonly name: string;
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly exited: Promise<void>;
  private output = '';

  constructor(name: string, process: ChildProcess) {
    this.name = name;
    this.process = process;
    this.pid = process.pid ?? 0;
    process.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    process.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exited = new Promise((resolve) => process.once('exit', () => resolve()));
    children.add(this);
  }

  /** The first line that matches, as soon as there is one. Throws when the process ends or takes too long. */
  async line(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.process.exitCode !== null) throw new Error(`${this.name} has ended: ${this.output.slice(-2000)}`);
      if (Date.now() > deadline) throw new Error(`${this.name} is late: ${this.output.slice(-2000)}`);
      await sleep(20);
    }
  }

  /** Its output once it has ended by itself. */
  async result(timeoutMs: number): Promise<string> {
    const isDone = await Promise.race([this.exited.then(() => true), sleep(timeoutMs).then(() => false)]);
    children.delete(this);
    if (isDone && this.process.exitCode === 0) return this.output;
    this.process.kill('SIGKILL');
    throw new Error(`${this.name} ${isDone ? 'failed' : 'took too long'}: ${this.output.slice(-2000)}`);
  }

  /** CPU used so far, of all its threads, in microseconds. */
  cpuMicros(): number {
    const fields = stat(this.pid);
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS;
  }

  /** Resident memory in MiB: now, or the highest since `resetPeak`. */
  memory(which: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  }

  resetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** Asks it to end, and after a while makes it. */
  async stop(): Promise<void> {
    children.delete(this);
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await this.exited;
    clearTimeout(timer);
  }
}

/** The fields after the command's name, which may itself hold spaces. */
function stat(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Starts a script of this folder. */
export function startScript(name: string, ...args: readonly unknown[]): Child {
  const path = join(import.meta.dirname, name);
  const texts = args.map((arg) => JSON.stringify(arg));
  return new Child(name, spawn(process.execPath, [path, ...texts], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Starts the gateway as `npm start` does. */
export function startServer(env: NodeJS.ProcessEnv): Child {
  const path = join(import.meta.dirname, '..', 'dist', 'main.js');
  const { flags, variables } = startWords();
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^WAGGLE_|^DATABASE_URL$/.test(name)),
  );
  const options = {
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: { ...clean, ...variables, ...env },
  };
  return new Child('gateway', spawn(process.execPath, [...flags, path], options));
}

/** What `npm start` gives to Node: flags, and variables of its environment. */
function startWords(): { flags: string[]; variables: NodeJS.ProcessEnv } {
  const path = join(import.meta.dirname, '..', 'package.json');
  const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as { scripts: { start: string } };
  const words = scripts.start.split(' ');
  const variables = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='));
  return { flags: words.filter((word) => word.startsWith('--')), variables: Object.fromEntries(variables) };
}

/** Ends every process that is still there, the youngest first. */
export async function stopAll(): Promise<void> {
  for (const child of [...children].toReversed()) await child.stop();
}

export function isLinux(): boolean {
  return existsSync('/proc/self/stat');
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
