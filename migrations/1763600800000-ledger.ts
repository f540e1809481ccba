import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was used, as in `LedgerUsage`; the same columns in the ledger and, as sums, in the rollups. */
const USED = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'images',
  'audio_ms',
  'characters',
];
const used = (definition: string): string => USED.map((column) => `${column} ${definition},`).join('\n');

/** What a rollup is kept by; an unknown part is null, and counts as equal to another unknown one. */
const ROLLUP_KEY = 'tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation';
const ROLLUP_KEY_COLUMNS = `
  bucket_start timestamptz not null,
  tenant_id uuid not null,
  project_id uuid,
  token_id uuid,
  profile_id uuid,
  provider_id uuid,
  model_id uuid,
  operation text,`;

const rollupTables = (rollup: string, latency: string): string => `
      create table ${rollup} (
        ${ROLLUP_KEY_COLUMNS}
        requests bigint not null,
        errors bigint not null,
        cancelled bigint not null,
        attempts bigint not null,
        unpriced bigint not null,
        estimated bigint not null,
        ${used('numeric not null')}
        cost_picos numeric not null,
        duration_ms double precision not null,
        constraint ${rollup}_key unique nulls not distinct (${ROLLUP_KEY})
      );

      create table ${latency} (
        ${ROLLUP_KEY_COLUMNS}
        bin smallint not null,
        durations bigint not null,
        first_bytes bigint not null,
        constraint ${latency}_key unique nulls not distinct (${ROLLUP_KEY}, bin)
      );`;

/**
 * The ledger: every request and every upstream attempt, by month, without foreign keys since it outlives what it names.
 * Rollups are per quarter hour, so that the day of any time zone is a sum of whole buckets (docs/adr/0003), and once more
 * per day (UTC), for long ranges.
 */
export class Ledger1763600800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table request (
        id uuid not null,
        started_at timestamptz not null,
        tenant_id uuid,
        project_id uuid,
        token_id uuid,
        profile_id uuid,
        profile_revision_id uuid,
        provider_id uuid,
        model_id uuid,
        requested_model text,
        operation text,
        path text not null,
        is_streamed boolean not null,
        status integer not null,
        outcome text not null,
        error_code text,
        error_message text,
        attempts integer not null,
        usage_source text not null,
        ${used('bigint not null')}
        cost_picos numeric,
        first_byte_ms double precision,
        duration_ms double precision not null,
        client_address text,
        user_agent text,
        trace_id text,
        metadata jsonb,
        constraint request_pkey primary key (id, started_at)
      ) partition by range (started_at);
      create index request_started_idx on request (tenant_id, started_at desc, id desc);
      create index request_token_idx on request (token_id, started_at desc);

      create table attempt (
        id uuid not null,
        started_at timestamptz not null,
        request_id uuid not null,
        number integer not null,
        tenant_id uuid not null,
        project_id uuid not null,
        token_id uuid not null,
        profile_id uuid not null,
        profile_revision_id uuid not null,
        provider_id uuid not null,
        model_id uuid not null,
        upstream_model text not null,
        operation text not null,
        is_streamed boolean not null,
        status integer,
        outcome text not null,
        error_code text,
        price_id uuid,
        usage_source text not null,
        ${used('bigint not null')}
        cost_picos numeric,
        first_byte_ms double precision,
        duration_ms double precision not null,
        upstream_request_id text,
        constraint attempt_pkey primary key (id, started_at)
      ) partition by range (started_at);
      create index attempt_request_idx on attempt (request_id);

      ${rollupTables('usage_rollup', 'usage_latency')}
      ${rollupTables('usage_rollup_day', 'usage_latency_day')}

      create table usage_metadata_rollup (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        key text not null,
        value text not null,
        requests bigint not null,
        errors bigint not null,
        cancelled bigint not null,
        attempts bigint not null,
        unpriced bigint not null,
        estimated bigint not null,
        ${used('numeric not null')}
        cost_picos numeric not null,
        duration_ms double precision not null,
        constraint usage_metadata_rollup_key
          unique nulls not distinct (tenant_id, key, bucket_start, project_id, value)
      );

      create table request_payload (
        request_id uuid not null,
        tenant_id uuid not null,
        project_id uuid not null,
        ciphertext text not null,
        expires_at timestamptz not null,
        constraint request_payload_pkey primary key (request_id)
      );
      create index request_payload_expires_idx on request_payload (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table request_payload, usage_metadata_rollup, usage_latency_day, usage_rollup_day, usage_latency, usage_rollup, attempt, request`,
    );
  }
}
