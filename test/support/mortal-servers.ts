import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesOfGroup, startServerProcess, type ServerProcess } from './server-process.js';

/** Servers on one database, each with a data directory of its own, of which one is killed now and then and restarted. */
export class MortalServers {
  /** How often one was killed. */
  kills = 0;
  private readonly urls: (string | undefined)[] = [];
  private readonly servers: ServerProcess[] = [];
  private killing: Promise<void> | undefined;
  private isKilling = false;

  constructor(
    private readonly dir: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => this.boot(index)));
  }

  /** The address of a server; `undefined` while it is down. */
  urlOf(index: number): string | undefined {
    return this.urls[index];
  }

  /** Kills one of them at random every so many milliseconds, until `spare`. */
  killEvery(everyMs: number): void {
    this.isKilling = true;
    this.killing = (async () => {
      while (this.isKilling) {
        await sleep(everyMs);
        const index = Math.floor(Math.random() * this.servers.length);
        if (this.isKilling && this.urls[index] !== undefined) void this.kill(index);
      }
    })();
  }

  /** Kills one of a server's own worker processes. */
  async killWorker(index: number): Promise<void> {
    const { pid } = this.servers[index]!.child;
    const worker = (await processesOfGroup(Number(pid))).find((each) => each !== pid);
    if (worker === undefined) throw new Error('this server has no worker to kill');
    process.kill(worker, 'SIGKILL');
  }

  /** Kills none any more, and waits until all are there again. */
  async spare(): Promise<void> {
    this.isKilling = false;
    await this.killing;
    await vi.waitUntil(() => this.servers.every((_, index) => this.urls[index] !== undefined), { timeout: 60_000 });
  }

  async stop(): Promise<void> {
    this.isKilling = false;
    await this.killing;
    for (const { child } of this.servers) child.kill('SIGTERM');
    await Promise.all(this.servers.map(({ ended }) => ended));
  }

  private async kill(index: number): Promise<void> {
    this.urls[index] = undefined;
    this.kills += 1;
    const server = this.servers[index]!;
    server.child.kill('SIGKILL');
    await server.ended;
    await this.boot(index);
  }

  private async boot(index: number): Promise<void> {
    const server = startServerProcess({ dataDir: join(this.dir, `data-${index}`), env: this.env });
    this.servers[index] = server;
    this.urls[index] = await server.ready;
  }
}
