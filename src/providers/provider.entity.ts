import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

export const PROVIDER_SOURCES = ['managed', 'environment', 'file'] as const;
/** Where a provider is defined: here, or in the environment or a file that this row mirrors. */
export type ProviderSource = (typeof PROVIDER_SOURCES)[number];

/** An account at something that serves models. Its credential is in the vault, or outside; only a pointer is here. */
@Entity('provider')
export class Provider {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** `null`: every project of the tenant may use it. */
  @Column('uuid', { nullable: true })
  projectId!: string | null;

  @Column('text')
  name!: string;

  @Column('text')
  driver!: string;

  @Column('text')
  baseUrl!: string;

  /** Further base URLs, of servers with the same models. */
  @Column('text', { array: true, default: {} })
  endpoints!: string[];

  @Column('uuid', { nullable: true })
  secretId!: string | null;

  /** Whether the secret was made for this provider alone, and goes with it. */
  @Column('boolean', { default: false })
  ownsSecret!: boolean;

  /** `env:NAME`, `file:/path`, or `source:NAME` for one that the environment or the providers file defines. */
  @Column('text', { nullable: true })
  credentialReference!: string | null;

  @Column('jsonb', { default: {} })
  extraHeaders!: Record<string, string>;

  @Column('integer')
  connectMs!: number;

  @Column('integer')
  firstByteMs!: number;

  @Column('integer')
  idleMs!: number;

  @Column('integer')
  totalMs!: number;

  @Column('boolean', { default: true })
  isEnabled!: boolean;

  @Column('text', { nullable: true })
  catalogueProvider!: string | null;

  @Column('text', { default: 'managed' })
  source!: ProviderSource;

  /** The variable or the path that defines it. */
  @Column('text', { nullable: true })
  origin!: string | null;

  /** Tells whether a definition outside has changed, its credential included. */
  @Column('text', { nullable: true })
  sourceDigest!: string | null;

  /** Grows with every change of where and how to connect. */
  @Column('integer', { default: 1 })
  generation!: number;

  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
