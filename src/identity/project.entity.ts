import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

export const CAPTURE_MODES = ['none', 'metadata', 'full'] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

/** What tokens, profiles and models belong to; it lives in a tenant. */
@Entity('project')
export class Project {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  @Column('text')
  name!: string;

  /** What of a request's payload is kept. */
  @Column('text')
  capture!: CaptureMode;

  /** For how many days it is kept. */
  @Column('integer')
  captureDays!: number;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
