import { Injectable } from '@nestjs/common';
import { LeaseKeeper } from '../limits/lease-keeper.service.js';
import { AttemptCounts } from '../relay/upstream/attempt-counts.js';
import { CurrentHealth } from '../snapshot/health/current-health.js';
import { KeptParts } from './kept-parts.js';

/** What decides how far calls get, for those who report on it. */
@Injectable()
export class TrafficParts {
  constructor(
    readonly leases: LeaseKeeper,
    readonly health: CurrentHealth,
    readonly attempts: AttemptCounts,
    readonly kept: KeptParts,
  ) {}
}
