import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { LoadReader } from './load-reader.service.js';

const MS_PER_SECOND = 1000;

/** Reads loads now and then, in each process: where a call goes is decided there. */
@Injectable()
export class LoadRounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly config: Config,
    private readonly reader: LoadReader,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.loadSeconds > 0) this.later();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  /** After the interval, a fifth more or less: many gateways must not ask a server in step. */
  private later(): void {
    const ms = this.config.loadSeconds * MS_PER_SECOND * (0.8 + Math.random() * 0.4);
    this.timer = setTimeout(() => {
      this.turn = this.round();
    }, ms).unref();
  }

  private async round(): Promise<void> {
    await this.reader.round();
    if (!this.isStopped) this.later();
  }
}
