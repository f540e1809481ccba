import { Module } from '@nestjs/common';
import { CurrentCredentials } from './current-credentials.js';
import { CurrentSnapshot } from './current-snapshot.js';

@Module({ providers: [CurrentSnapshot, CurrentCredentials], exports: [CurrentSnapshot, CurrentCredentials] })
export class SnapshotModule {}
