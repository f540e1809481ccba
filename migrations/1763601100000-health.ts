import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The health of targets as processes share it, and why each attempt was made and how it failed. */
export class Health1763601100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table target_health (
        model_id uuid not null,
        provider_id uuid not null,
        tenant_id uuid not null,
        state text not null,
        since timestamptz not null,
        open_until timestamptz,
        cool_until timestamptz,
        opens integer not null,
        reason text,
        updated_at timestamptz not null,
        constraint target_health_pkey primary key (model_id),
        constraint target_health_model_fkey foreign key (model_id) references model (id) on delete cascade,
        constraint target_health_provider_fkey foreign key (provider_id) references provider (id) on delete cascade,
        constraint target_health_state_check check (state in ('closed', 'degraded', 'open'))
      );
      create index target_health_tenant_idx on target_health (tenant_id);

      -- Both may be null: entries that wait in a journal of before have neither.
      alter table attempt add column error_class text, add column kind text;
      alter table profile add column attempts jsonb;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table profile drop column attempts;
      alter table attempt drop column kind, drop column error_class;
      drop table target_health;
    `);
  }
}
