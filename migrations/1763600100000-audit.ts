import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit trail: one hash chain a tenant. */
export class Audit1763600100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_head (
        tenant_id uuid not null,
        sequence bigint not null,
        hash text not null,
        constraint audit_head_pkey primary key (tenant_id),
        constraint audit_head_tenant_fkey foreign key (tenant_id) references tenant (id)
      );

      create table audit_entry (
        id uuid not null,
        tenant_id uuid not null,
        project_id uuid,
        sequence bigint not null,
        at timestamptz not null,
        actor_kind text not null,
        actor_id uuid,
        actor_name text not null,
        address text,
        action text not null,
        target_kind text not null,
        target_id text not null,
        target_label text not null,
        before jsonb,
        after jsonb,
        previous_hash text not null,
        hash text not null,
        constraint audit_entry_pkey primary key (id),
        constraint audit_entry_tenant_fkey foreign key (tenant_id) references tenant (id),
        constraint audit_entry_sequence_key unique (tenant_id, sequence)
      );
      create index audit_entry_target_idx on audit_entry (tenant_id, target_kind, target_id, sequence desc);
      create index audit_entry_at_idx on audit_entry (tenant_id, at desc);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table audit_entry, audit_head`);
  }
}
