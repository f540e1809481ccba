import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { ServingParts } from './serving-parts.js';

const POSTGRES_PATIENCE_MS = 1000;

/** Says whether this process can serve requests. */
@Injectable()
export class Health {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DataSource,
    private readonly parts: ServingParts,
  ) {}

  /**
   * Ready: a snapshot is loaded, the journal takes entries, and it is not going away. Postgres away or a locked vault
   * is reported as degraded and no more: what is in memory is still served.
   */
  async readiness(): Promise<HealthCheckResult> {
    const { snapshot, journal, inFlight, vault } = this.parts;
    const must = (key: string, isUp: boolean) => () => {
      const indicator = this.indicators.check(key);
      return isUp ? indicator.up() : indicator.down();
    };
    const should = (key: string, isUp: () => boolean | Promise<boolean>) => async () => {
      const indicator = this.indicators.check(key);
      return (await isUp()) ? indicator.up() : indicator.degraded();
    };
    return reported(
      this.checks.check([
        must('serving', !inFlight.isDraining),
        must('snapshot', snapshot.isReady),
        must('journal', journal.isAccepting()),
        should('postgres', () => this.reachesPostgres()),
        should('vault', () => vault.state() !== 'locked'),
      ]),
    );
  }

  private async reachesPostgres(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), POSTGRES_PATIENCE_MS);
    this.database.query('select 1').then(
      () => resolve(true),
      () => resolve(false),
    );
    return promise.finally(() => clearTimeout(timer));
  }
}

/** Terminus throws its report when something is down; it is an answer all the same. */
async function reported(check: Promise<HealthCheckResult>): Promise<HealthCheckResult> {
  try {
    return await check;
  } catch (error) {
    if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
    throw error;
  }
}
