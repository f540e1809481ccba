import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Searches, and the tokens of pictures, with their prices. Rows of the ledger may lack the counts: those of journals that
 * were written before.
 */
export class SearchesAndImageTokens1763601600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const counts = ['image_input_tokens', 'image_output_tokens', 'searches'];
    const added = (definition: string): string => counts.map((name) => `add column ${name} ${definition}`).join(', ');
    await runner.query(`
      alter table price add column image_input bigint, add column image_output bigint, add column search bigint;
      alter table request ${added('bigint')};
      alter table attempt ${added('bigint')};
      alter table usage_rollup ${added('numeric not null default 0')};
      alter table usage_rollup_day ${added('numeric not null default 0')};
      alter table usage_metadata_rollup ${added('numeric not null default 0')};
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    const dropped = 'drop column image_input_tokens, drop column image_output_tokens, drop column searches';
    await runner.query(`
      alter table usage_metadata_rollup ${dropped};
      alter table usage_rollup_day ${dropped};
      alter table usage_rollup ${dropped};
      alter table attempt ${dropped};
      alter table request ${dropped};
      alter table price drop column image_input, drop column image_output, drop column search;
    `);
  }
}
