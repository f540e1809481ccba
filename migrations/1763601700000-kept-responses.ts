import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Responses that providers keep, so that a later call finds who has one and whether its caller may see it. Without foreign
 * keys: a row outlives what it names by a month at most.
 */
export class KeptResponses1763601700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table kept_response (
        id text not null,
        tenant_id uuid not null,
        project_id uuid not null,
        token_id uuid not null,
        profile_id uuid not null,
        provider_id uuid not null,
        model_id uuid not null,
        created_at timestamptz not null,
        constraint kept_response_pkey primary key (project_id, id)
      );
      create index kept_response_created_at_idx on kept_response (created_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table kept_response`);
  }
}
