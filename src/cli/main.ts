#!/usr/bin/env node
import { Command } from 'commander';
import { reportFailure } from '../server/report-failure.js';
import { catalogueCommand } from './catalogue.command.js';
import { journalCommand } from './journal.command.js';
import { migrateCommand } from './migrate.command.js';
import { serveCommand } from './serve.command.js';
import { simulateCommand } from './simulate.command.js';
import { tokenCommand } from './token.command.js';
import { vaultCommand } from './vault.command.js';

const program = new Command('waggle')
  .description('The Waggle LLM gateway. Settings come from the environment; the README lists them.')
  .addCommand(serveCommand)
  .addCommand(migrateCommand)
  .addCommand(journalCommand)
  .addCommand(tokenCommand)
  .addCommand(vaultCommand)
  .addCommand(catalogueCommand)
  .addCommand(simulateCommand);

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
