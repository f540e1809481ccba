import { Command } from 'commander';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { inspectJournal, type FolderReport } from '../journal/inspect.js';
import { Journal } from '../journal/journal.js';
import { ProviderOutcomes } from '../providers/provider-outcomes.service.js';
import { Drain } from '../usage/drain.service.js';
import { Ledger } from '../usage/ledger.service.js';
import { Months } from '../usage/months.service.js';
import { withDatabase } from './with-database.js';

/** `waggle journal inspect|drain`: the journal of this data directory. */
export const journalCommand = new Command('journal').description(
  'look at the journal of finished requests, or empty it',
);

journalCommand
  .command('inspect')
  .description('list what waits to be drained; changes nothing and may run beside the server')
  .option('--entries', 'print each entry as a line of JSON instead')
  .action(async ({ entries = false }: { entries?: boolean }) => {
    const root = Config.from(process.env).dataPath('journal');
    if (entries) await inspectJournal(root, (text) => process.stdout.write(`${text.toString()}\n`));
    else print((await inspectJournal(root)).map(lineOf), `Nothing waits in ${root}`);
  });

journalCommand
  .command('drain')
  .description('store what processes that are gone have left behind; a running server drains its own')
  .action(() =>
    withDatabase(process.env, async (url) => {
      const { requests, attempts, rejectedEntries } = await drainLeftovers(Config.from(process.env), url);
      print([`Stored ${requests} requests and ${attempts} attempts, put ${rejectedEntries} entries aside`]);
    }),
  );

async function drainLeftovers(config: Config, url: string): Promise<Drain['metrics']> {
  const database = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  const root = config.dataPath('journal');
  const journal = Journal.open({ root, fsync: config.journalFsync, maxBytes: config.journalMaxBytes });
  try {
    const months = new Months(database, config);
    const outcomes = new ProviderOutcomes(database);
    const drain = new Drain(journal, new Ledger(database, months, config, outcomes), months, config);
    await drain.drain();
    await outcomes.flush();
    return drain.metrics;
  } finally {
    await journal.close();
    await database.destroy();
  }
}

function lineOf({ folder, isLive, segments, bytes, entries, unreadableBytes }: FolderReport): string {
  const owner = isLive ? 'running' : 'gone';
  return `${folder}  ${owner}  ${segments} segments  ${bytes} bytes  ${entries} entries  ${unreadableBytes} unreadable bytes`;
}

function print(lines: readonly string[], otherwise = ''): void {
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : otherwise}\n`);
}
