import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Profiles: their names, their targets, and every revision they ever had. */
export class Profiles1763600650000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table profile (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid not null,
        name text not null,
        description text,
        operation text not null,
        is_enabled boolean not null default true,
        policy jsonb,
        price_override jsonb,
        response_model text not null default 'profile',
        revision_id uuid not null,
        revision_number integer not null,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint profile_pkey primary key (id),
        constraint profile_project_key unique (id, project_id),
        constraint profile_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint profile_project_fkey foreign key (project_id) references project (id),
        constraint profile_response_model_check check (response_model in ('profile', 'upstream'))
      );
      create index profile_list_idx on profile (tenant_id, name, id);

      create table profile_name (
        project_id uuid not null,
        name text not null,
        profile_id uuid not null,
        position integer not null,
        constraint profile_name_key primary key (project_id, name),
        constraint profile_name_position_key unique (profile_id, position),
        constraint profile_name_profile_fkey foreign key (profile_id, project_id)
          references profile (id, project_id) on delete cascade
      );

      create table profile_target (
        id uuid not null,
        profile_id uuid not null,
        model_id uuid not null,
        position integer not null,
        weight integer not null,
        priority integer not null,
        is_enabled boolean not null,
        constraint profile_target_pkey primary key (id),
        constraint profile_target_model_key unique (profile_id, model_id),
        constraint profile_target_profile_fkey foreign key (profile_id) references profile (id) on delete cascade,
        constraint profile_target_model_fkey foreign key (model_id) references model (id),
        constraint profile_target_weight_check check (weight between 0 and 1000),
        constraint profile_target_priority_check check (priority between 0 and 1000)
      );
      create index profile_target_model_idx on profile_target (model_id);

      create table profile_revision (
        id uuid not null,
        tenant_id uuid not null,
        profile_id uuid not null,
        number integer not null,
        at timestamptz not null default now(),
        author_kind text not null,
        author_id uuid,
        author_name text not null,
        body jsonb not null,
        changes jsonb not null,
        constraint profile_revision_pkey primary key (id),
        constraint profile_revision_number_key unique (profile_id, number),
        constraint profile_revision_tenant_fkey foreign key (tenant_id) references tenant (id)
      );
      comment on table profile_revision is 'Never changed, and kept when its profile goes: ledger rows name it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table profile_revision, profile_target, profile_name, profile`);
  }
}
