import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How profiles choose among their targets, who may say how, and what was decided for each request. */
export class Routing1763601000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table profile add column routing jsonb;
      alter table profile_target add column conditions jsonb;
      alter table token
        add column allows_hints boolean not null default false,
        add column allows_directives boolean not null default false,
        add column allows_wildcard boolean not null default false;
      alter table request add column decision jsonb;

      create table routing_arm_slot (
        profile_id uuid not null,
        model_id uuid not null,
        size text not null,
        slot_start timestamptz not null,
        attempts bigint not null,
        reward double precision not null,
        constraint routing_arm_slot_pkey primary key (profile_id, model_id, size, slot_start),
        constraint routing_arm_slot_size_check check (size in ('small', 'medium', 'large'))
      );
      comment on table routing_arm_slot is 'Without foreign keys, as the ledger that it is counted from.';

      create table request_feedback (
        request_id uuid not null,
        tenant_id uuid not null,
        project_id uuid not null,
        token_id uuid not null,
        score double precision not null,
        given_at timestamptz not null,
        constraint request_feedback_pkey primary key (request_id, project_id),
        constraint request_feedback_score_check check (score between 0 and 1)
      );
      create index request_feedback_given_idx on request_feedback (given_at);

      comment on column request.decision is 'Only where a profile had a choice.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table request_feedback, routing_arm_slot;
      alter table request drop column decision;
      alter table token drop column allows_hints, drop column allows_directives, drop column allows_wildcard;
      alter table profile_target drop column conditions;
      alter table profile drop column routing;
    `);
  }
}
