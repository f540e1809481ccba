import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Condition } from '../snapshot/routing-entry.js';

/** Where a profile's requests may go: a model, and its place among the others. */
@Entity('profile_target')
export class ProfileTarget {
  /** Stays as long as the profile leads to this model. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  profileId!: string;

  @Column('uuid')
  modelId!: string;

  @Column('integer')
  position!: number;

  @Column('integer')
  weight!: number;

  /** Lower goes first. */
  @Column('integer')
  priority!: number;

  @Column('boolean')
  isEnabled!: boolean;

  /** When it may be chosen; `null`: always. */
  @Column('jsonb', { nullable: true })
  conditions!: Condition | null;
}
