import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { Operation } from '../snapshot/snapshot.js';

/** A client's credential for the relay. Its text is nowhere: only digests of it are. */
@Entity('token')
export class Token {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  @Column('uuid')
  projectId!: string;

  @Column('text')
  name!: string;

  /** The part of the text that may be shown and logged. It stays when the token is rotated. */
  @Column('text')
  publicId!: string;

  @Column('text')
  digest!: string;

  /** What the text before the last rotation digests to, and until when that one still works. */
  @Column('text', { nullable: true })
  previousDigest!: string | null;

  @Column('timestamptz', { nullable: true })
  previousUntil!: Date | null;

  /** `null`: all operations. */
  @Column('text', { array: true, nullable: true })
  scopes!: Operation[] | null;

  /** Whether it may call every profile of its project; otherwise only those bound to it. */
  @Column('boolean')
  hasAllProfiles!: boolean;

  /** `null`: any address. */
  @Column('text', { array: true, nullable: true })
  allowedAddresses!: string[] | null;

  @Column('jsonb')
  metadata!: Record<string, string>;

  /** Whether its calls may say how they wish to be routed. */
  @Column('boolean')
  allowsHints!: boolean;

  /** Whether its prompts may hold wishes, in directives that are taken out of them. */
  @Column('boolean')
  allowsDirectives!: boolean;

  /** Whether names that no profile has lead to the profile `*`. */
  @Column('boolean')
  allowsWildcard!: boolean;

  @Column('boolean')
  isEnabled!: boolean;

  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  rotatedAt!: Date | null;

  /** Final: a revoked token never works again. */
  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
