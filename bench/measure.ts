import { startScript, type Child } from './processes.ts';

/** Something that answers chat completions. */
export interface Target {
  readonly name: string;
  /** Up to and with `/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** Where it runs on this machine, so that its CPU and memory can be read. */
  readonly child?: Child;
}

/** What a load process is told. */
export interface Load {
  readonly target: Pick<Target, 'url' | 'key' | 'model'>;
  /** Bytes of the prompt, about. */
  readonly promptBytes: number;
  /** For the simulator. */
  readonly directives?: string;
  readonly stream?: boolean;
  /** The client's dialect; chat completions if left out. */
  readonly dialect?: Dialect;
  readonly connections: number;
  readonly requests: number;
}

/** In which dialect a client asks. */
export type Dialect = 'chat' | 'messages' | 'responses';

/** Where each dialect's requests go, below `/v1`. */
export const PATHS: Readonly<Record<Dialect, string>> = {
  chat: '/chat/completions',
  messages: '/messages',
  responses: '/responses',
};

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly failed: number;
}

interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export interface StreamResult extends LoadResult {
  readonly bytes: number;
  readonly firstByteMs: Spread;
  readonly gapMs: Spread;
  readonly totalMs: Spread;
}

export interface Measured<R extends LoadResult> {
  readonly result: R;
  /** CPU of the target's process for each request; NaN when it runs elsewhere. */
  readonly cpuMicros: number;
}

const TIMEOUT_MS = 180_000;

/** Puts a load on a target and reads what it cost. Throws when any request failed. */
export async function measure<R extends LoadResult>(
  script: 'load.ts' | 'stream-load.ts',
  target: Target,
  load: Omit<Load, 'target'>,
): Promise<Measured<R>> {
  const { url, key, model, child } = target;
  const before = child?.cpuMicros() ?? Number.NaN;
  const output = await startScript(script, { ...load, target: { url, key, model } }).result(TIMEOUT_MS);
  const after = child?.cpuMicros() ?? Number.NaN;
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as R;
  const missing = load.requests - result.requests;
  if (missing > 0) throw new Error(`${target.name}: ${missing} of ${load.requests} requests were never answered`);
  if (result.failed > 0) throw new Error(`${target.name}: ${result.failed} of ${result.requests} requests failed`);
  return { result, cpuMicros: (after - before) / result.requests };
}

/**
 * The client asks for the usage itself. Else an upstream would send the gateway, which always asks, one event more than it
 * sends the floor, and the simulator's pause before it would look like a pause of the gateway's.
 */
const STREAMED = { stream: true, stream_options: { include_usage: true } };

/** The request of a load. It is made in the load's own process: a command line can't hold a large one. */
export function bodyOf({ target, promptBytes, directives, stream, dialect = 'chat' }: Load): string {
  const wish = directives ? `[[simulate ${directives}]] ` : '';
  const content = wish + 'bee '.repeat(Math.ceil(promptBytes / 4));
  const { model } = target;
  const messages = [{ role: 'user', content }];
  const bodies = {
    chat: { model, messages },
    messages: { model, max_tokens: 1000, messages },
    responses: { model, input: content },
  };
  return JSON.stringify({ ...bodies[dialect], ...(stream ? STREAMED : {}) });
}
