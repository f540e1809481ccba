import type { MigrationInterface, QueryRunner } from 'typeorm';

const SUMS = {
  bigint: ['requests', 'errors', 'cancelled', 'attempts', 'unpriced', 'estimated'],
  numeric: [
    'input_tokens',
    'cached_input_tokens',
    'cache_write_tokens',
    'cache_write_1h_tokens',
    'audio_input_tokens',
    'image_input_tokens',
    'output_tokens',
    'reasoning_tokens',
    'audio_output_tokens',
    'image_output_tokens',
    'images',
    'audio_ms',
    'characters',
    'searches',
    'cost_picos',
  ],
  'double precision': ['duration_ms'],
};
const COLUMNS = Object.entries(SUMS).flatMap(([type, names]) => names.map((name) => `${name} ${type} not null`));
const NAMES = Object.values(SUMS).flat();

/** A project's quarter hours as one row each, however many tokens and models it has: what series are read from. */
export class ProjectRollups1763601610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table usage_project_rollup (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        ${COLUMNS.join(',\n        ')},
        constraint usage_project_rollup_key unique nulls not distinct (tenant_id, bucket_start, project_id)
      );

      create table usage_project_latency (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        bin smallint not null,
        durations bigint not null,
        first_bytes bigint not null,
        constraint usage_project_latency_key unique nulls not distinct (tenant_id, bucket_start, project_id, bin)
      );

      lock table usage_rollup, usage_latency in exclusive mode;
      insert into usage_project_rollup (bucket_start, tenant_id, project_id, ${NAMES.join(', ')})
      select bucket_start, tenant_id, project_id, ${NAMES.map((name) => `sum(${name})`).join(', ')}
      from usage_rollup group by bucket_start, tenant_id, project_id;
      insert into usage_project_latency (bucket_start, tenant_id, project_id, bin, durations, first_bytes)
      select bucket_start, tenant_id, project_id, bin, sum(durations), sum(first_bytes)
      from usage_latency group by bucket_start, tenant_id, project_id, bin;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table usage_project_latency, usage_project_rollup`);
  }
}
