import { Module } from '@nestjs/common';
import { CurrentCredentials } from './current-credentials.js';
import { CurrentSnapshot } from './current-snapshot.js';
import { CurrentHealth } from './health/current-health.js';
import { CurrentViews } from './current-views.js';
import { PayloadSeals } from './payload-seals.js';
import { TokenUses } from './token-uses.js';

const HOLDERS = [CurrentSnapshot, CurrentCredentials, CurrentHealth, TokenUses, PayloadSeals];

const VIEWS = {
  provide: CurrentViews,
  inject: [CurrentHealth, CurrentCredentials],
  useFactory: (health: CurrentHealth, credentials: CurrentCredentials) => new CurrentViews(health, credentials),
};

@Module({ providers: [...HOLDERS, VIEWS], exports: [...HOLDERS, CurrentViews] })
export class SnapshotModule {}
