import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants and projects, which everything belongs to, and the numbered log of configuration changes. */
export class Foundation1763600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tenant (
        id uuid not null,
        name text not null,
        is_root boolean not null default false,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint tenant_pkey primary key (id),
        constraint tenant_name_key unique (name)
      );
      create unique index tenant_root_key on tenant (is_root) where is_root;

      create table project (
        id uuid not null,
        tenant_id uuid not null,
        name text not null,
        capture text not null default 'none',
        capture_days integer not null default 7,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint project_pkey primary key (id),
        constraint project_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint project_name_key unique (tenant_id, name),
        constraint project_capture_check check (capture in ('none', 'metadata', 'full'))
      );

      create table config_revision (
        is_only boolean not null default true,
        revision bigint not null default 0,
        constraint config_revision_pkey primary key (is_only),
        constraint config_revision_only_check check (is_only)
      );
      insert into config_revision default values;

      create table config_change (
        revision bigint not null,
        kind text not null,
        entity_id uuid not null,
        at timestamptz not null default now(),
        constraint config_change_pkey primary key (revision, kind, entity_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table config_change, config_revision, project, tenant`);
  }
}
