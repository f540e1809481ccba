import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Calls that clients sent with an Idempotency-Key, and their sealed answers. Neither the key nor anything of body and
 * answer is stored in clear. Without foreign keys: a row outlives its token by hours at most. A request that was answered
 * without an upstream says from where, and what the call had cost whose answer it got.
 */
export class Idempotency1763601300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table keyed_call (
        token_id uuid not null,
        key_digest bytea not null,
        tenant_id uuid not null,
        body_digest bytea not null,
        flight_id uuid not null,
        state text not null,
        lease_until timestamptz,
        sealed_answer bytea,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        constraint keyed_call_pkey primary key (token_id, key_digest),
        constraint keyed_call_flight_key unique (flight_id),
        constraint keyed_call_state_check check (state in ('open', 'kept', 'failed')),
        constraint keyed_call_lease_check check ((lease_until is not null) = (state = 'open'))
      );
      alter table keyed_call alter column sealed_answer set storage external;
      create index keyed_call_expires_idx on keyed_call (expires_at);

      alter table request add column served_from text, add column saved_picos numeric;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table request drop column served_from, drop column saved_picos;
      drop table keyed_call;
    `);
  }
}
