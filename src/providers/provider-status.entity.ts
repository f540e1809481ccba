import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OutcomeKind } from './provider-status.js';

/** What was last seen of a provider, by tests and by traffic. */
@Entity('provider_status')
export class ProviderStatusRow {
  @PrimaryColumn('uuid')
  providerId!: string;

  @Column('text')
  outcome!: OutcomeKind;

  @Column('timestamptz')
  at!: Date;

  @Column('text', { nullable: true })
  detail!: string | null;

  @Column('integer', { nullable: true })
  latencyMs!: number | null;

  @Column('timestamptz', { nullable: true })
  lastOkAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastFailedAt!: Date | null;
}
