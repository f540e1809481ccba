import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may do what: members and their roles, sessions, admin keys; and the answers kept for idempotent creates. */
export class Identity1763600300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table member (
        id uuid not null,
        tenant_id uuid not null,
        email text not null,
        name text not null,
        password_digest text,
        must_change_password boolean not null default false,
        is_enabled boolean not null default true,
        last_sign_in_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint member_pkey primary key (id),
        constraint member_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint member_email_key unique (email),
        constraint member_email_check check (email = lower(email))
      );
      create index member_tenant_idx on member (tenant_id, email);

      create table member_role (
        member_id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        role text not null,
        constraint member_role_member_fkey foreign key (member_id) references member (id) on delete cascade,
        constraint member_role_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint member_role_project_fkey foreign key (project_id) references project (id),
        constraint member_role_key unique nulls not distinct (member_id, project_id),
        constraint member_role_check check (role in ('owner', 'admin', 'operator', 'viewer'))
      );
      create index member_role_project_idx on member_role (project_id);

      create table session (
        id uuid not null,
        member_id uuid not null,
        tenant_id uuid not null,
        digest text not null,
        address text,
        user_agent text,
        created_at timestamptz not null default now(),
        last_used_at timestamptz not null default now(),
        expires_at timestamptz not null,
        constraint session_pkey primary key (id),
        constraint session_member_fkey foreign key (member_id) references member (id) on delete cascade,
        constraint session_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint session_digest_key unique (digest)
      );
      create index session_member_idx on session (member_id);
      create index session_expires_at_idx on session (expires_at);

      create table admin_key (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        name text not null,
        role text not null,
        public_id text not null,
        digest text not null,
        created_by text not null,
        last_used_at timestamptz,
        expires_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz not null default now(),
        constraint admin_key_pkey primary key (id),
        constraint admin_key_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint admin_key_project_fkey foreign key (project_id) references project (id),
        constraint admin_key_digest_key unique (digest),
        constraint admin_key_role_check check (role in ('owner', 'admin', 'operator', 'viewer'))
      );
      create unique index admin_key_name_key on admin_key (tenant_id, project_id, name)
        nulls not distinct where revoked_at is null;
      create index admin_key_project_idx on admin_key (project_id);

      create table sign_in_attempt (
        subject text not null,
        failures integer not null,
        blocked_until timestamptz not null,
        last_at timestamptz not null,
        constraint sign_in_attempt_pkey primary key (subject)
      );
      create index sign_in_attempt_last_at_idx on sign_in_attempt (last_at);

      create table idempotency_key (
        caller text not null,
        route text not null,
        key text not null,
        body_digest text not null,
        status integer,
        headers jsonb,
        sealed_body bytea,
        created_at timestamptz not null default now(),
        constraint idempotency_key_pkey primary key (caller, route, key)
      );
      create index idempotency_key_created_at_idx on idempotency_key (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table idempotency_key, sign_in_attempt, admin_key, session, member_role, member`);
  }
}
