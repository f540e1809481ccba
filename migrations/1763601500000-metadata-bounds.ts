import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bounds how many values of a metadata key a project's quarter hour tells apart: all others share the row without a value.
 * Latency is counted by value as well.
 */
export class MetadataBounds1763601500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table usage_metadata_rollup alter column value drop not null;
      comment on column usage_metadata_rollup.value is 'Null: all values above the bound together.';

      create table usage_metadata_latency (
        bucket_start timestamptz not null,
        tenant_id uuid not null,
        project_id uuid,
        key text not null,
        value text,
        bin smallint not null,
        durations bigint not null,
        first_bytes bigint not null,
        constraint usage_metadata_latency_key
          unique nulls not distinct (tenant_id, key, bucket_start, project_id, value, bin)
      );

      /* Those of the candidates that have, or now get, a row of their own. New ones are admitted under a lock that is held
         to the end of the transaction; what others admitted meanwhile is read after it. A full group needs no lock. */
      create function admit_metadata_values(
        for_tenant uuid, for_project uuid, for_key text, for_bucket timestamptz, candidates text[], most integer
      ) returns setof text language plpgsql as $$
      declare
        admitted text[];
      begin
        for is_locked in 0 .. 1 loop
          admitted := array(
            select value from usage_metadata_rollup
            where tenant_id = for_tenant and key = for_key and bucket_start = for_bucket
              and project_id is not distinct from for_project and value is not null);
          exit when is_locked = 1 or cardinality(admitted) >= most or candidates <@ admitted;
          perform pg_advisory_xact_lock(hashtextextended(
            concat_ws('/', 'metadata', for_tenant, for_project, for_key, extract(epoch from for_bucket)), 0));
        end loop;
        return query select unnest(candidates) intersect select unnest(admitted);
        return query
          select candidate from unnest(candidates) with ordinality as given(candidate, place)
          where not exists (select from unnest(admitted) as known where known = candidate)
          order by place limit greatest(0, most - cardinality(admitted));
      end $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function admit_metadata_values;
      drop table usage_metadata_latency;
      update usage_metadata_rollup set value = '(other)' where value is null;
      alter table usage_metadata_rollup alter column value set not null;
      comment on column usage_metadata_rollup.value is null;
    `);
  }
}
