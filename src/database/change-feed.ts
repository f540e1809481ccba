import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '../config/config.js';
import { CHANGE_CHANNEL } from './config-change.js';

const POLL_MS = 500;
const RECONNECT_MS = 250;

/**
 * Tells its listeners that the configuration may have changed: at once on NOTIFY, and every half second besides, since
 * a notification can be lost with its connection. Listeners look up what changed themselves.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Set<() => void>();
  private readonly channels = new Map<string, (payload: string) => void>();
  private client: Client | undefined;
  /** The last `listen` that was asked for: a connection takes one statement at a time. */
  private listening: Promise<unknown> = Promise.resolve();
  private isConnected = false;
  private poll: NodeJS.Timeout | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly config: Config) {}

  /** Calls `listener` after each possible change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    if (!this.poll) this.start();
    return () => void this.listeners.delete(listener);
  }

  /** Hands over what is said on another channel. What is said while the connection is away is never heard. */
  listen(channel: string, hear: (payload: string) => void): void {
    this.channels.set(channel, hear);
    if (this.client && this.isConnected) this.listenOn(this.client, channel).catch(() => undefined); // or when it connects
    if (!this.poll) this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.poll);
    clearTimeout(this.reconnect);
    await this.client?.end().catch(() => undefined);
  }

  private start(): void {
    this.poll = setInterval(() => this.announce(), POLL_MS);
    void this.connect();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }

  private async connect(): Promise<void> {
    const client = new Client({ connectionString: this.config.databaseUrl, application_name: 'waggle feed' });
    this.client = client;
    client.on('notification', ({ channel, payload = '' }) => {
      const hear = this.channels.get(channel);
      if (hear) hear(payload);
      else this.announce();
    });
    client.on('error', () => undefined); // 'end' follows, and reconnects
    client.on('end', () => {
      this.isConnected = false;
      this.retryLater();
    });
    try {
      await client.connect();
      this.isConnected = true;
      await Promise.all([CHANGE_CHANNEL, ...this.channels.keys()].map((channel) => this.listenOn(client, channel)));
      this.announce();
    } catch (error) {
      if (this.isStopped) return;
      this.logger.warn(`No change feed from Postgres, polling meanwhile: ${String(error)}`);
      await client.end().catch(() => undefined);
      this.retryLater();
    }
  }

  private listenOn(client: Client, channel: string): Promise<unknown> {
    const heard = this.listening.then(() => client.query(`listen ${channel}`));
    this.listening = heard.catch(() => undefined);
    return heard;
  }

  private retryLater(): void {
    if (this.isStopped || this.reconnect) return;
    this.reconnect = setTimeout(() => {
      this.reconnect = undefined;
      void this.connect();
    }, RECONNECT_MS);
  }
}
