import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { JsonObject, Operation } from '../snapshot/snapshot.js';

/** One upstream model that a provider serves. Its prices are rows of their own. */
@Entity('model')
export class Model {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** The provider's project; `null` when that belongs to the whole tenant. */
  @Column('uuid', { nullable: true })
  projectId!: string | null;

  @Column('uuid')
  providerId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  upstreamId!: string;

  @Column('text')
  operation!: Operation;

  @Column('text', { array: true, default: [] })
  capabilities!: string[];

  @Column('integer', { nullable: true })
  contextWindow!: number | null;

  @Column('integer', { nullable: true })
  maxOutput!: number | null;

  @Column('jsonb', { nullable: true })
  defaults!: JsonObject | null;

  /** What it calls tools that clients know by other names. */
  @Column('jsonb', { nullable: true })
  toolNames!: Readonly<Record<string, string>> | null;

  @Column('boolean', { default: true })
  isEnabled!: boolean;

  @Column('integer', { default: 1 })
  weight!: number;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
