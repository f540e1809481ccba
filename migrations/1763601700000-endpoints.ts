import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Further base URLs of a provider: servers of the same models, among which calls are spread. */
export class Endpoints1763601700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table provider add column endpoints text[] not null default '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table provider drop column endpoints`);
  }
}
