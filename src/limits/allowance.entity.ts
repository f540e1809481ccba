import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { AllowanceMetric, AllowanceScope, AllowanceWindow } from '../snapshot/allowances.js';

/** A limit on the requests, tokens, money or concurrency of something. Amounts of money are nUSD. */
@Entity('allowance')
export class Allowance {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** `null`: of the whole tenant. */
  @Column('uuid', { nullable: true })
  projectId!: string | null;

  @Column('text')
  name!: string;

  @Column('text')
  scope!: AllowanceScope;

  @Column('uuid', { nullable: true })
  profileId!: string | null;

  @Column('uuid', { nullable: true })
  tokenId!: string | null;

  @Column('uuid', { nullable: true })
  providerId!: string | null;

  @Column('uuid', { nullable: true })
  modelId!: string | null;

  @Column('text', { nullable: true })
  metadataKey!: string | null;

  /** `null`: each value by itself. */
  @Column('text', { nullable: true })
  metadataValue!: string | null;

  @Column('text')
  metric!: AllowanceMetric;

  /** `null` for concurrency. */
  @Column('text', { nullable: true })
  windowType!: AllowanceWindow | null;

  @Column('integer', { nullable: true })
  rollingSeconds!: number | null;

  @Column('text')
  timeZone!: string;

  @Column('bigint')
  limitAmount!: string;

  @Column('integer', { array: true })
  thresholds!: number[];

  @Column('boolean')
  isHard!: boolean;

  @Column('boolean')
  allowsUnpriced!: boolean;

  @Column('text')
  onPostgresDown!: 'open' | 'closed';

  @Column('boolean')
  isEnabled!: boolean;

  @Column('bigint')
  raisedBy!: string;

  @Column('timestamptz', { nullable: true })
  raisedUntil!: Date | null;

  /** Grows with each reset; counters belong to one epoch. */
  @Column('integer')
  epoch!: number;

  @Column('timestamptz', { nullable: true })
  resetAt!: Date | null;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
