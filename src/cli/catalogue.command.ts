import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { adminApi } from './admin-api.js';

/** What an import or a refresh did. */
interface Refreshed {
  readonly outcome: string;
  readonly version: string;
  readonly added: number;
  readonly removed: number;
  readonly repriced: number;
  readonly skipped: number;
}

/** `waggle catalogue import|refresh`: the model catalogue of a running server. */
export const catalogueCommand = new Command('catalogue').description('bring the catalogue of models up to date');

catalogueCommand
  .command('import <file>')
  .description('take facts and list prices from a models.dev-shaped JSON file')
  .option('--force', 'also when it has far fewer models than the one before')
  .action(async (file: string, { force = false }: { force?: boolean }) => {
    const document = await readFile(file, 'utf8');
    print(await adminApi(process.env).call('POST', `/catalogue/import${force ? '?force=true' : ''}`, document));
  });

catalogueCommand
  .command('refresh')
  .description('fetch it from WAGGLE_CATALOGUE_URL, as the server is configured')
  .action(async () => print(await adminApi(process.env).call('POST', '/catalogue/refresh')));

function print({ outcome, version, added, removed, repriced, skipped }: Refreshed): void {
  const changes = `${added} added, ${removed} removed, ${repriced} repriced, ${skipped} skipped`;
  process.stdout.write(`The catalogue is ${outcome} (${version}): ${changes}\n`);
}
