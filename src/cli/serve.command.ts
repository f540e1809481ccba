import { Command } from 'commander';
import { serve } from '../server/serve.js';

/** `waggle serve`: what `npm start` does once everything is built. */
export const serveCommand = new Command('serve')
  .description('start the gateway, with a Postgres of its own unless DATABASE_URL is set')
  .action(() => serve(process.env));
