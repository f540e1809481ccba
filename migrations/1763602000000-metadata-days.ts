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
const KEY = 'tenant_id, key, bucket_start, project_id, value';
const KEY_BY_DAY = KEY.replace('bucket_start', `date_bin('1 day', bucket_start, timestamptz '2000-01-01 00:00:00+00')`);
const summed = (names: readonly string[]): string => names.map((name) => `sum(${name})`).join(', ');

/** The sums by metadata once more by day (UTC), as all others are. */
export class MetadataDays1763602000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table usage_metadata_rollup_day (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        key text not null,
        value text,
        ${COLUMNS.join(',\n        ')},
        constraint usage_metadata_rollup_day_key unique nulls not distinct (${KEY})
      );
      comment on column usage_metadata_rollup_day.value is 'Null: all values above the bound together.';

      create table usage_metadata_latency_day (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        key text not null,
        value text,
        bin smallint not null,
        durations bigint not null,
        first_bytes bigint not null,
        constraint usage_metadata_latency_day_key unique nulls not distinct (${KEY}, bin)
      );

      lock table usage_metadata_rollup, usage_metadata_latency in exclusive mode;
      insert into usage_metadata_rollup_day (${KEY}, ${NAMES.join(', ')})
      select ${KEY_BY_DAY}, ${summed(NAMES)} from usage_metadata_rollup group by ${KEY_BY_DAY};
      insert into usage_metadata_latency_day (${KEY}, bin, durations, first_bytes)
      select ${KEY_BY_DAY}, bin, ${summed(['durations', 'first_bytes'])} from usage_metadata_latency group by ${KEY_BY_DAY}, bin;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table usage_metadata_latency_day, usage_metadata_rollup_day`);
  }
}
