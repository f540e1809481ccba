import { Column, CreateDateColumn, Entity, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** A value sealed in the vault, referred to by id. */
@Entity('secret')
@Unique('secret_name_key', ['tenantId', 'projectId', 'name'])
export class Secret {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** `null` for the whole tenant. */
  @Column('uuid', { nullable: true })
  projectId!: string | null;

  @Column('text')
  name!: string;

  @Column('bytea', { select: false })
  ciphertext!: Buffer;

  @Column('bytea', { select: false })
  wrappedKey!: Buffer;

  /** Which key of the vault wraps its data key. */
  @Column('integer')
  keyVersion!: number;

  /** A bigint, as text. */
  @Column('bigint')
  useCount!: string;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @Column('integer')
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
