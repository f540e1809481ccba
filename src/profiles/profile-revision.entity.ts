import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BodyChange } from './body-diff.js';
import type { ProfileBody } from './profile-body.js';

/** What a profile was from one change to the next. Never changed; kept when its profile goes. */
@Entity('profile_revision')
export class ProfileRevision {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  @Column('uuid')
  profileId!: string;

  /** 1 for the first. */
  @Column('integer')
  number!: number;

  @Column('timestamptz')
  at!: Date;

  @Column('text')
  authorKind!: string;

  @Column('uuid', { nullable: true })
  authorId!: string | null;

  @Column('text')
  authorName!: string;

  @Column('jsonb')
  body!: ProfileBody;

  /** What is different from the revision before. */
  @Column('jsonb')
  changes!: BodyChange[];
}
