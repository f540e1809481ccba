import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An event that says how many calls are not told of, as more came at once than a reader could look at. */
export class SkippedEvents1763602500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table live_event drop constraint live_event_kind_check;
      alter table live_event add constraint live_event_kind_check
        check (kind in ('request', 'decision', 'skipped', 'health', 'allowance', 'config'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from live_event where kind = 'skipped';
      alter table live_event drop constraint live_event_kind_check;
      alter table live_event add constraint live_event_kind_check
        check (kind in ('request', 'decision', 'health', 'allowance', 'config'));
    `);
  }
}
