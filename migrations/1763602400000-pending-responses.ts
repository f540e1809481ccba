import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Responses that providers still make after their call has ended, and what was charged for them meanwhile. A row is there
 * from the call's own ledger row on, until what was used is on record.
 */
export class PendingResponses1763602400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table pending_response (
        id text not null,
        tenant_id uuid not null,
        project_id uuid not null,
        token_id uuid not null,
        provider_id uuid not null,
        request_id uuid not null,
        started_at timestamptz not null,
        attempt jsonb not null,
        price jsonb,
        prompt_tokens bigint not null,
        most_output_tokens bigint not null,
        misses integer not null,
        look_at timestamptz not null,
        expires_at timestamptz not null,
        constraint pending_response_pkey primary key (project_id, id)
      );
      create index pending_response_look_idx on pending_response (look_at);
      create index pending_response_token_idx on pending_response (token_id);
      create table pending_hold (
        project_id uuid not null,
        response_id text not null,
        allowance_id uuid not null,
        epoch integer not null,
        subject text not null,
        window_start timestamptz not null,
        window_end timestamptz,
        metric text not null,
        amount bigint not null,
        constraint pending_hold_response_fkey foreign key (project_id, response_id)
          references pending_response (project_id, id) on delete cascade
      );
      create index pending_hold_response_idx on pending_hold (project_id, response_id);
      create index pending_hold_counter_idx on pending_hold (allowance_id, epoch, subject, window_start);
      alter table kept_response add column is_background boolean;
      alter table request add column background_state text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table request drop column background_state;
      alter table kept_response drop column is_background;
      drop table pending_hold;
      drop table pending_response;
    `);
  }
}
