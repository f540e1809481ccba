import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The vault: its keys (never the keys themselves), its shared state, the sealed secrets and the tenants' sealing keys. */
export class Vault1763600200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table vault_key (
        version integer not null,
        kind text not null,
        salt bytea,
        kdf jsonb,
        verifier bytea not null,
        created_at timestamptz not null default now(),
        retired_at timestamptz,
        constraint vault_key_pkey primary key (version),
        constraint vault_key_kind_check check (kind in ('master-key', 'password')),
        constraint vault_key_kdf_check check ((kind = 'password') = (salt is not null and kdf is not null))
      );
      create unique index vault_key_in_force_key on vault_key ((true)) where retired_at is null;

      create table vault_state (
        is_only boolean not null default true,
        is_locked boolean not null default false,
        failed_unlocks integer not null default 0,
        blocked_until timestamptz,
        active_at timestamptz not null default now(),
        constraint vault_state_pkey primary key (is_only),
        constraint vault_state_only_check check (is_only)
      );
      insert into vault_state default values;

      create table secret (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        name text not null,
        ciphertext bytea not null,
        wrapped_key bytea not null,
        key_version integer not null,
        use_count bigint not null default 0,
        last_used_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint secret_pkey primary key (id),
        constraint secret_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint secret_project_fkey foreign key (project_id) references project (id),
        constraint secret_key_version_fkey foreign key (key_version) references vault_key (version),
        constraint secret_name_key unique nulls not distinct (tenant_id, project_id, name)
      );

      create table vault_sealing_key (
        id uuid not null,
        tenant_id uuid not null,
        wrapped_key bytea not null,
        key_version integer not null,
        created_at timestamptz not null default now(),
        retired_at timestamptz,
        constraint vault_sealing_key_pkey primary key (id),
        constraint vault_sealing_key_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint vault_sealing_key_version_fkey foreign key (key_version) references vault_key (version)
      );
      create unique index vault_sealing_key_in_force_key on vault_sealing_key (tenant_id) where retired_at is null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table vault_sealing_key, secret, vault_state, vault_key`);
  }
}
