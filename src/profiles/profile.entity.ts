import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { AttemptPolicy } from '../snapshot/attempt-policy.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { Operation, RequestPolicy } from '../snapshot/snapshot.js';
import type { PriceOverride } from './price-override.js';

/** A stable model name that routes to targets. Names, targets and revisions are rows of their own. */
@Entity('profile')
export class Profile {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  @Column('uuid')
  projectId!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text')
  operation!: Operation;

  @Column('boolean')
  isEnabled!: boolean;

  /** `null`: in the order of the targets. */
  @Column('jsonb', { nullable: true })
  routing!: RoutingEntry | null;

  @Column('jsonb', { nullable: true })
  attempts!: AttemptPolicy | null;

  /** `null`: nothing is answered from the cache. */
  @Column('integer', { nullable: true })
  cacheSeconds!: number | null;

  @Column('jsonb', { nullable: true })
  policy!: RequestPolicy | null;

  @Column('jsonb', { nullable: true })
  priceOverride!: PriceOverride | null;

  @Column('text')
  responseModel!: 'profile' | 'upstream';

  /** The revision in force; the ledger pins it. */
  @Column('uuid')
  revisionId!: string;

  /** Every change makes a revision, so this is the version, too. */
  @Column('integer')
  revisionNumber!: number;

  @Column('integer')
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
