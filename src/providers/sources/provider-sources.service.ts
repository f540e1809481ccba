import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { unwatchFile, watchFile } from 'node:fs';
import { Config } from '../../config/config.js';
import { ProviderDefinitions } from './provider-definitions.service.js';
import { ProviderMirror } from './provider-mirror.service.js';
import { DefinitionsError } from './read-definitions.js';

const WATCH_MS = 1000;

/**
 * Serves the providers that the environment and the providers file define: read at start, where a mistake stops it, and
 * the file again on SIGHUP and when it changes, where a mistake changes nothing and is logged.
 */
@Injectable()
export class ProviderSources implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ProviderSources.name);
  private readonly again = () => void this.resync();
  private retry: NodeJS.Timeout | undefined;
  private isStopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly definitions: ProviderDefinitions,
    private readonly mirror: ProviderMirror,
    private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.sync();
    const { providersFile } = this.config;
    if (providersFile === undefined) return;
    process.on('SIGHUP', this.again);
    // Polling sees a file that is replaced by a link, as mounted secrets are; notifications don't.
    watchFile(providersFile, { interval: WATCH_MS, persistent: false }, this.again);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.retry);
    process.off('SIGHUP', this.again);
    if (this.config.providersFile !== undefined) unwatchFile(this.config.providersFile, this.again);
    await this.running;
  }

  private async sync(): Promise<void> {
    const found = await this.definitions.all();
    const isDone = await this.mirror.sync(found);
    // The root tenant of a new installation may still be on its way.
    if (!isDone && found.length > 0 && !this.isStopped) this.retry = setTimeout(this.again, WATCH_MS).unref();
  }

  private resync(): Promise<void> {
    this.running = this.running
      .then(() => this.sync())
      .catch((error: unknown) => {
        const reason = error instanceof DefinitionsError ? error.message : String(error);
        this.logger.error(`The providers stay as they were. ${reason}`);
      });
    return this.running;
  }
}
