import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether an allowance of money lets calls through whose price nobody knows. */
export class AllowancesOfUnpriced1763601800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table allowance add column allows_unpriced boolean not null default false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table allowance drop column allows_unpriced`);
  }
}
