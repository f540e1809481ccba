import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '../config/config.js';
import { LEADER_LOCK } from './advisory-locks.js';

const RETRY_MS = 1000;

/**
 * Picks one process of the whole installation for periodic jobs. The leader holds a session advisory lock; when its
 * process or its connection dies, Postgres gives the lock to another within about a second. A leader that lost its
 * connection may not know for a moment: jobs must stand being done twice.
 */
@Injectable()
export class Leader implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Leader.name);
  private readonly listeners = new Set<() => void>();
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isElected = false;
  private isStopped = false;

  constructor(private readonly config: Config) {}

  /** Whether this process is the one. */
  get isLeader(): boolean {
    return this.isElected;
  }

  /** Calls `listener` each time this process becomes the leader; at once when it is already. */
  onElected(listener: () => void): () => void {
    this.listeners.add(listener);
    if (this.isElected) listener();
    return () => void this.listeners.delete(listener);
  }

  onApplicationBootstrap(): void {
    void this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.isElected = false;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private async run(): Promise<void> {
    try {
      this.client ??= await this.connect();
      if (this.isStopped) return await this.client.end(); // nobody else would, and it would keep the lock
      // Asking for the lock again would only count up; the leader asks whether its connection still lives.
      if (this.isElected) await this.client.query('select');
      else if (await tryLock(this.client)) this.elect();
    } catch (error) {
      this.logger.debug(`No election without Postgres: ${String(error)}`);
    }
    if (!this.isStopped) this.retry = setTimeout(() => void this.run(), RETRY_MS).unref();
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.config.databaseUrl,
      application_name: 'waggle leader',
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    client.on('error', () => undefined); // 'end' follows
    client.on('end', () => this.depose(client));
    await client.connect();
    return client;
  }

  private elect(): void {
    if (this.isStopped) return;
    this.isElected = true;
    this.logger.log('This process leads: it runs the periodic jobs');
    for (const listener of this.listeners) listener();
  }

  private depose(client: Client): void {
    if (this.client === client) this.client = undefined;
    this.isElected = false;
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [LEADER_LOCK]);
  return rows[0]?.leads ?? false;
}
