import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { Health } from './health.service.js';
import { Metrics } from './metrics.service.js';

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** What a load balancer, Kubernetes and Prometheus ask. */
@ApiExcludeController()
@Open('no names and no secrets, and needed most when Postgres is away and no key can be checked')
@Controller()
export class HealthController {
  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  /** Whether the process lives. */
  @Get('healthz')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether it can serve requests: 200, or 503 with what is missing. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const { status, details } = await this.health.readiness();
    response.status(status === 'error' ? 503 : 200).setHeader('cache-control', 'no-store');
    return { status, details };
  }

  /** This worker's numbers, as Prometheus reads them. */
  @Get('metrics')
  show(@Res({ passthrough: true }) response: Response): string {
    response.setHeader('content-type', PROMETHEUS);
    return this.metrics.text();
  }
}
