import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Allowances, and how far they are used up. A counter is one window of an allowance for one subject; a lease is what one
 * worker may spend of it by itself. At every moment, for each counter, `settled` of the counter plus `granted` of its
 * leases stays within the limit. A charged request names its worker and what it was charged, so that the leases of a
 * worker that died can be settled from the ledger.
 */
export class Limits1763601200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table allowance (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        name text not null,
        scope text not null,
        profile_id uuid,
        token_id uuid,
        provider_id uuid,
        model_id uuid,
        metadata_key text,
        metadata_value text,
        metric text not null,
        window_type text,
        rolling_seconds integer,
        time_zone text not null default 'UTC',
        limit_amount bigint not null,
        thresholds integer[] not null,
        is_hard boolean not null,
        on_postgres_down text not null,
        is_enabled boolean not null default true,
        raised_by bigint not null default 0,
        raised_until timestamptz,
        epoch integer not null default 0,
        reset_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint allowance_pkey primary key (id),
        constraint allowance_name_key unique nulls not distinct (tenant_id, project_id, name),
        constraint allowance_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint allowance_project_fkey foreign key (project_id) references project (id),
        constraint allowance_profile_fkey foreign key (profile_id) references profile (id),
        constraint allowance_token_fkey foreign key (token_id) references token (id),
        constraint allowance_provider_fkey foreign key (provider_id) references provider (id) on delete cascade,
        constraint allowance_model_fkey foreign key (model_id) references model (id),
        constraint allowance_subject_check check (
          (profile_id is not null) = (scope = 'profile') and (token_id is not null) = (scope = 'token')
          and (provider_id is not null) = (scope = 'provider') and (model_id is not null) = (scope = 'model')
          and (metadata_key is not null) = (scope = 'metadata') and (metadata_value is null or scope in ('metadata', 'run'))
          and (project_id is null or scope <> 'tenant') and (project_id is not null or scope <> 'project')
        ),
        constraint allowance_window_check check (
          (window_type is null) = (metric = 'concurrency') and (metric <> 'seconds' or scope = 'run')
          and (rolling_seconds is not null) = (window_type is not null and window_type = 'rolling')
        ),
        constraint allowance_limit_check check (limit_amount >= 0 and raised_by >= 0)
      );
      create index allowance_list_idx on allowance (tenant_id, name, id);

      create table allowance_worker (
        id uuid not null,
        place text not null,
        process text not null,
        started_at timestamptz not null default now(),
        seen_at timestamptz not null default now(),
        expires_at timestamptz not null,
        journal_since timestamptz not null,
        constraint allowance_worker_pkey primary key (id)
      );

      create table allowance_counter (
        id uuid not null,
        allowance_id uuid not null,
        epoch integer not null,
        subject text not null,
        window_start timestamptz not null,
        window_end timestamptz,
        settled bigint not null default 0,
        wanted_at timestamptz,
        created_at timestamptz not null default now(),
        constraint allowance_counter_pkey primary key (id),
        constraint allowance_counter_key unique (allowance_id, epoch, subject, window_start),
        constraint allowance_counter_allowance_fkey foreign key (allowance_id)
          references allowance (id) on delete cascade
      );
      create index allowance_counter_end_idx on allowance_counter (window_end);

      create table allowance_lease (
        counter_id uuid not null,
        worker_id uuid not null,
        granted bigint not null,
        settled bigint not null default 0,
        held bigint not null default 0,
        constraint allowance_lease_pkey primary key (counter_id, worker_id),
        constraint allowance_lease_counter_fkey foreign key (counter_id)
          references allowance_counter (id) on delete cascade,
        constraint allowance_lease_worker_fkey foreign key (worker_id) references allowance_worker (id)
      );
      create index allowance_lease_worker_idx on allowance_lease (worker_id);

      create table allowance_event (
        allowance_id uuid not null,
        epoch integer not null,
        subject text not null,
        window_start timestamptz not null,
        percent integer not null,
        settled bigint not null,
        limit_amount bigint not null,
        at timestamptz not null default now(),
        constraint allowance_event_pkey primary key (allowance_id, epoch, subject, window_start, percent),
        constraint allowance_event_allowance_fkey foreign key (allowance_id)
          references allowance (id) on delete cascade
      );
      create index allowance_event_at_idx on allowance_event (allowance_id, at desc);

      alter table request add column worker_id uuid, add column charges jsonb;
      create index request_worker_idx on request (worker_id) where worker_id is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table request drop column worker_id, drop column charges;
      drop table allowance_event, allowance_lease, allowance_counter, allowance_worker, allowance;
    `);
  }
}
