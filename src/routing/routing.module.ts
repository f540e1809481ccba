import { Module } from '@nestjs/common';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { Compiler } from './compiler.service.js';

@Module({ imports: [SnapshotModule], providers: [Compiler], exports: [Compiler] })
export class RoutingModule {}
