import { NO_USAGE } from './no-usage.js';

/** What an entry leaves out when it is so, by column; the statement that stores it fills it in, in both rows that have it. */
export const USUAL = {
  ...NO_USAGE,
  is_streamed: false,
  status: 200,
  outcome: 'ok',
  attempts: 1,
  number: 1,
  kind: 'first',
} as const;
