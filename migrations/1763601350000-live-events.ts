import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happens, as it happens, for those who watch. Events are written only while somebody listens, in the transaction of
 * what they tell of, and kept for minutes; so the tables may be lost in a crash. `xact` puts them in an order in which none
 * appears behind one that was read: a reader stops before the oldest transaction that is still under way.
 */
export class LiveEvents1763601350000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create unlogged table live_listener (
        process uuid not null,
        seen_at timestamptz not null,
        constraint live_listener_pkey primary key (process)
      );

      create unlogged table live_event (
        id bigint generated always as identity,
        xact xid8 not null default pg_current_xact_id(),
        at timestamptz not null default now(),
        tenant_id uuid not null,
        project_id uuid,
        kind text not null,
        data jsonb not null,
        constraint live_event_pkey primary key (id),
        constraint live_event_kind_check check (kind in ('request', 'decision', 'health', 'allowance', 'config'))
      );
      create index live_event_order_idx on live_event (tenant_id, xact, id);
      create index live_event_at_idx on live_event (at);

      create function is_anybody_listening() returns boolean language sql stable as $$
        select exists (select from live_listener where seen_at > now() - interval '10 minutes')
      $$;

      create function tell_of_health() returns trigger language plpgsql as $$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, kind, data) values (new.tenant_id, 'health', jsonb_build_object(
            'modelId', new.model_id, 'providerId', new.provider_id, 'state', new.state, 'since', new.since,
            'openUntil', new.open_until, 'coolUntil', new.cool_until, 'reason', new.reason));
        end if;
        return null;
      end $$;
      create trigger target_health_appears after insert on target_health
        for each row execute function tell_of_health();
      create trigger target_health_changes after update on target_health for each row
        when (old.state is distinct from new.state or old.cool_until is distinct from new.cool_until)
        execute function tell_of_health();

      create function tell_of_allowance() returns trigger language plpgsql as $$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, project_id, kind, data)
          select tenant_id, project_id, 'allowance', jsonb_build_object(
            'allowanceId', id, 'name', name, 'subject', nullif(new.subject, ''), 'percent', new.percent)
          from allowance where id = new.allowance_id;
        end if;
        return null;
      end $$;
      create trigger allowance_event_appears after insert on allowance_event
        for each row execute function tell_of_allowance();

      create function tell_of_config() returns trigger language plpgsql as $$
      begin
        if is_anybody_listening() then
          insert into live_event (tenant_id, project_id, kind, data) values (new.tenant_id, new.project_id, 'config',
            jsonb_build_object('action', new.action, 'actor', new.actor_name, 'targetKind', new.target_kind,
              'targetId', new.target_id, 'targetLabel', new.target_label));
        end if;
        return null;
      end $$;
      create trigger audit_entry_appears after insert on audit_entry
        for each row execute function tell_of_config();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger audit_entry_appears on audit_entry;
      drop trigger allowance_event_appears on allowance_event;
      drop trigger target_health_changes on target_health;
      drop trigger target_health_appears on target_health;
      drop function tell_of_config, tell_of_allowance, tell_of_health, is_anybody_listening;
      drop table live_event, live_listener;
    `);
  }
}
