import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What providers serve, and what it costs from when on. A price outlives its model, since the ledger points to it. */
export class Models1763600600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table model (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        provider_id uuid not null,
        name text not null,
        upstream_id text not null,
        operation text not null,
        capabilities text[] not null default '{}',
        context_window integer,
        max_output integer,
        defaults jsonb,
        is_enabled boolean not null default true,
        weight integer not null default 1,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint model_pkey primary key (id),
        constraint model_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint model_project_fkey foreign key (project_id) references project (id),
        constraint model_provider_fkey foreign key (provider_id) references provider (id),
        constraint model_name_key unique (provider_id, name)
      );
      create index model_tenant_idx on model (tenant_id, name);

      create table price (
        id uuid not null,
        tenant_id uuid not null,
        model_id uuid,
        effective_from timestamptz not null,
        source text not null,
        input bigint,
        cached_input bigint,
        cache_write5m bigint,
        cache_write1h bigint,
        output bigint,
        reasoning bigint,
        audio_input bigint,
        audio_output bigint,
        characters bigint,
        image bigint,
        minute bigint,
        request bigint,
        tiers jsonb not null default '[]',
        created_at timestamptz not null default now(),
        constraint price_pkey primary key (id),
        constraint price_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint price_model_fkey foreign key (model_id) references model (id) on delete set null,
        constraint price_effective_key unique (model_id, effective_from),
        constraint price_source_check check (source = 'manual' or source like 'catalogue@%')
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table price, model`);
  }
}
