import { Module } from '@nestjs/common';
import { CurrentCredentials } from './current-credentials.js';
import { CurrentSnapshot } from './current-snapshot.js';
import { CurrentHealth } from './health/current-health.js';
import { PayloadSeals } from './payload-seals.js';
import { TokenUses } from './token-uses.js';

const HOLDERS = [CurrentSnapshot, CurrentCredentials, CurrentHealth, TokenUses, PayloadSeals];

@Module({ providers: HOLDERS, exports: HOLDERS })
export class SnapshotModule {}
