import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a model calls tools that clients know by other names; null: the same. */
export class ToolNames1763601800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table model add column tool_names jsonb,
        add constraint model_tool_names_check check (jsonb_typeof(tool_names) = 'object');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table model drop column tool_names`);
  }
}
