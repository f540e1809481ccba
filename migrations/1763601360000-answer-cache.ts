import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For how long a profile gives the same answer to the same request again; null: it does not. */
export class AnswerCache1763601360000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table profile add column cache_seconds integer,
        add constraint profile_cache_check check (cache_seconds > 0);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table profile drop column cache_seconds`);
  }
}
