import { Column, CreateDateColumn, Entity, PrimaryColumn, type ColumnOptions } from 'typeorm';
import type { PriceBucket } from '../snapshot/snapshot.js';

/** µUSD, exact: Postgres hands a bigint over as text. */
const MICROS: ColumnOptions = {
  type: 'bigint',
  nullable: true,
  transformer: {
    to: (value: bigint | null | undefined) => (value === null || value === undefined ? value : String(value)),
    from: (value: string | null) => (value === null ? null : BigInt(value)),
  },
};

/** A tier as it is stored: µUSD as texts, because JSON has no exact large integers. */
export interface StoredTier {
  readonly aboveTokens: number;
  readonly buckets: Readonly<Partial<Record<PriceBucket, string>>>;
}

/** What a model costs from a moment on. Rows are added; one that is in force is never changed. */
@Entity('price')
export class Price implements Record<PriceBucket, bigint | null> {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  tenantId!: string;

  /** `null` once the model is gone; the ledger still points to the price. */
  @Column('uuid', { nullable: true })
  modelId!: string | null;

  @Column('timestamptz')
  effectiveFrom!: Date;

  /** `manual`, or `catalogue@` and its version. */
  @Column('text')
  source!: string;

  @Column(MICROS)
  input!: bigint | null;

  @Column(MICROS)
  cachedInput!: bigint | null;

  @Column(MICROS)
  cacheWrite5m!: bigint | null;

  @Column(MICROS)
  cacheWrite1h!: bigint | null;

  @Column(MICROS)
  output!: bigint | null;

  @Column(MICROS)
  reasoning!: bigint | null;

  @Column(MICROS)
  audioInput!: bigint | null;

  @Column(MICROS)
  audioOutput!: bigint | null;

  @Column(MICROS)
  imageInput!: bigint | null;

  @Column(MICROS)
  imageOutput!: bigint | null;

  @Column(MICROS)
  characters!: bigint | null;

  @Column(MICROS)
  image!: bigint | null;

  @Column(MICROS)
  minute!: bigint | null;

  @Column(MICROS)
  request!: bigint | null;

  @Column(MICROS)
  search!: bigint | null;

  @Column('jsonb', { default: [] })
  tiers!: StoredTier[];

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
