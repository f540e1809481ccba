import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the changes of an admin key, so that a put by name can tell which one its caller has seen. */
export class AdminKeyVersion1763601900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table admin_key add column version integer not null default 1`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table admin_key drop column version`);
  }
}
