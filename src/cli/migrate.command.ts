import { Command } from 'commander';
import { migrate, migrationStatus } from '../database/migrate.js';
import { withDatabase } from './with-database.js';

/** `waggle migrate [up|status]`: the schema, apart from a start of the server. */
export const migrateCommand = new Command('migrate').description('bring the database to the schema of this build');

migrateCommand
  .command('up', { isDefault: true })
  .description('apply what is pending')
  .action(() =>
    withDatabase(process.env, async (url) => {
      const applied = await migrate(url);
      print(applied.length > 0 ? applied.map((name) => `applied ${name}`) : ['Nothing is pending']);
    }),
  );

migrateCommand
  .command('status')
  .description('list what is applied and what is pending; exit code 1 unless the two sides agree')
  .action(() =>
    withDatabase(process.env, async (url) => {
      const { applied, pending, unknown } = await migrationStatus(url);
      print([
        ...applied.map((name) => `${unknown.includes(name) ? 'unknown' : 'applied'} ${name}`),
        ...pending.map((name) => `pending ${name}`),
      ]);
      if (pending.length + unknown.length > 0) process.exitCode = 1;
    }),
  );

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
