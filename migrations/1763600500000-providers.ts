import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts at something that serves models, and what was last seen of each. */
export class Providers1763600500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table provider (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        name text not null,
        driver text not null,
        base_url text not null,
        secret_id uuid,
        owns_secret boolean not null default false,
        credential_reference text,
        extra_headers jsonb not null default '{}',
        connect_ms integer not null,
        first_byte_ms integer not null,
        idle_ms integer not null,
        total_ms integer not null,
        is_enabled boolean not null default true,
        catalogue_provider text,
        source text not null default 'managed',
        origin text,
        source_digest text,
        generation integer not null default 1,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint provider_pkey primary key (id),
        constraint provider_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint provider_project_fkey foreign key (project_id) references project (id),
        constraint provider_secret_fkey foreign key (secret_id) references secret (id),
        constraint provider_name_key unique nulls not distinct (tenant_id, project_id, name),
        constraint provider_source_check check (source in ('managed', 'environment', 'file')),
        constraint provider_credential_check check (secret_id is null or credential_reference is null)
      );
      create index provider_project_idx on provider (project_id) where project_id is not null;
      create index provider_secret_idx on provider (secret_id) where secret_id is not null;

      create table provider_status (
        provider_id uuid not null,
        outcome text not null,
        at timestamptz not null,
        detail text,
        latency_ms integer,
        last_ok_at timestamptz,
        last_failed_at timestamptz,
        constraint provider_status_pkey primary key (provider_id),
        constraint provider_status_provider_fkey foreign key (provider_id) references provider (id) on delete cascade,
        constraint provider_status_outcome_check check (outcome in ('ok', 'auth_failed', 'unreachable', 'no_credential'))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table provider_status, provider`);
  }
}
