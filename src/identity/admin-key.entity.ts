import { Column, CreateDateColumn, Entity, PrimaryColumn, VersionColumn } from 'typeorm';
import type { Role } from '../common/http/permissions.js';

/** A credential for the admin API. Its text is not kept, only the digest. */
@Entity('admin_key')
export class AdminKey {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** `null` for the whole tenant. */
  @Column('uuid', { nullable: true })
  projectId!: string | null;

  @Column('text')
  name!: string;

  @Column('text')
  role!: Role;

  @Column('text')
  publicId!: string;

  @Column('text', { select: false })
  digest!: string;

  @Column('text')
  createdBy!: string;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
