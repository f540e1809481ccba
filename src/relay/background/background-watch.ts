import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { PendingResponses } from '../../responses/pending-responses.js';
import type { Background } from './background.js';

const EVERY_MS = 1000;
/** How many are looked at, at the same time. */
const MOST = 20;

/** Looks at pending responses when it is time to, in the leading process: their clients may never come back. */
export class BackgroundWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BackgroundWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly pending: PendingResponses,
    private readonly background: Pick<Background, 'look'>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.round().finally(() => (this.running = undefined));
    }, EVERY_MS).unref();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  /** Resolves once no look is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Looks at all that are due. Never rejects: the next round is near. */
  async round(): Promise<void> {
    try {
      for (let due = await this.pending.claim(MOST); due.length > 0; due = await this.pending.claim(MOST)) {
        await Promise.all(due.map((each) => this.background.look(each)));
      }
    } catch (error) {
      this.logger.debug(`Pending responses were not looked at: ${String(error)}`);
    }
  }
}
