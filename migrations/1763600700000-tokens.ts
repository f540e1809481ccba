import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Client credentials for the relay. Only digests are stored, and a revoked token's row stays: ledger rows name it. */
export class Tokens1763600700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table token (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid not null,
        name text not null,
        public_id text not null,
        digest text not null,
        previous_digest text,
        previous_until timestamptz,
        scopes text[],
        has_all_profiles boolean not null,
        allowed_addresses text[],
        metadata jsonb not null default '{}',
        is_enabled boolean not null default true,
        expires_at timestamptz,
        rotated_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint token_pkey primary key (id),
        constraint token_project_key unique (id, project_id),
        constraint token_public_id_key unique (public_id),
        constraint token_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint token_project_fkey foreign key (project_id) references project (id),
        constraint token_previous_check check ((previous_digest is null) = (previous_until is null))
      );
      create unique index token_name_key on token (project_id, name) where revoked_at is null;
      create index token_list_idx on token (tenant_id, id desc);

      create table token_profile (
        token_id uuid not null,
        profile_id uuid not null,
        project_id uuid not null,
        constraint token_profile_pkey primary key (token_id, profile_id),
        constraint token_profile_token_fkey foreign key (token_id, project_id)
          references token (id, project_id) on delete cascade,
        constraint token_profile_profile_fkey foreign key (profile_id, project_id) references profile (id, project_id)
      );
      create index token_profile_profile_idx on token_profile (profile_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table token_profile, token`);
  }
}
