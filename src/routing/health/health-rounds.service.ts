import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Leader } from '../../database/leader.js';
import { HealthProber } from './health-prober.service.js';

const MS_PER_SECOND = 1000;

/** Has one process of the installation ask all providers now and then; the others hear what changes by it. */
@Injectable()
export class HealthRounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly config: Config,
    private readonly leader: Leader,
    private readonly prober: HealthProber,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.healthProbeSeconds > 0) this.later();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  /** After the interval, a fifth more or less: many gateways must not ask a provider in step. */
  private later(): void {
    const ms = this.config.healthProbeSeconds * MS_PER_SECOND * (0.8 + Math.random() * 0.4);
    this.timer = setTimeout(() => {
      this.turn = this.round();
    }, ms).unref();
  }

  private async round(): Promise<void> {
    if (this.leader.isLeader) await this.prober.round();
    if (!this.isStopped) this.later();
  }
}
