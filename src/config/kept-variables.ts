import { IsIn } from 'class-validator';
import { AsWhole, Env } from './env.decorator.js';
import { Variables } from './variables.js';

const FSYNC_MODES = ['off', 'interval', 'always'] as const;

/** What is kept of calls and for them: how much, and for how long. */
export abstract class KeptVariables extends Variables {
  @Env('WAGGLE_JOURNAL_FSYNC', {
    about:
      '`interval` syncs the journal every 100 ms, `always` before each answer ends, `off` leaves it to the system.',
    fallback: '`interval`',
  })
  @IsIn(FSYNC_MODES)
  readonly journalFsync: (typeof FSYNC_MODES)[number] = 'interval';

  @Env('WAGGLE_JOURNAL_MAX_MB', {
    about: 'How large the journal may grow while Postgres is away, in MiB; above it new calls get 503.',
    fallback: '`1024`',
  })
  @AsWhole(16, 1_048_576)
  readonly journalMaxMegabytes: number = 1024;

  @Env('WAGGLE_LEDGER_MONTHS', { about: 'Past months of requests to keep; sums stay for good.', fallback: '`13`' })
  @AsWhole(1, 1200)
  readonly ledgerMonths: number = 13;

  @Env('WAGGLE_METADATA_VALUES', {
    about: 'How many values of a metadata key a project sums apart in a quarter hour; the rest is summed as `other`.',
    fallback: '`500`',
  })
  @AsWhole(1, 100_000)
  readonly metadataValues: number = 500;

  @Env('WAGGLE_IDEMPOTENCY_HOURS', { about: 'How long answers to calls with a key are kept.', fallback: '`24`' })
  @AsWhole(1, 720)
  readonly idempotencyHours: number = 24;

  @Env('WAGGLE_IDEMPOTENCY_MAX_ANSWER_MB', { about: 'The largest of them, in MiB.', fallback: '`8`' })
  @AsWhole(1, 64)
  readonly idempotencyMaxAnswerMegabytes: number = 8;

  @Env('WAGGLE_IDEMPOTENCY_MAX_KEYS', { about: 'How many of a token, the latest.', fallback: '`10000`' })
  @AsWhole(1, 1_000_000)
  readonly idempotencyMaxKeys: number = 10_000;

  @Env('WAGGLE_IDEMPOTENCY_MAX_MB', { about: 'How much in all, in MiB; the oldest go first.', fallback: '`1024`' })
  @AsWhole(1, 1_048_576)
  readonly idempotencyMaxMegabytes: number = 1024;

  @Env('WAGGLE_BACKGROUND_MAX_PENDING', {
    about: 'How many responses a token may have in the background at a time.',
    fallback: '`100`',
  })
  @AsWhole(1, 10_000)
  readonly backgroundMaxPending: number = 100;

  @Env('WAGGLE_BACKGROUND_HOURS', {
    about: 'How long one may take; then it is cancelled, and counted as the most that it may have used.',
    fallback: '`24`',
  })
  @AsWhole(1, 720)
  readonly backgroundHours: number = 24;

  @Env('WAGGLE_CACHE_MB', { about: 'Answers that one worker keeps for profiles that cache, in MiB.', fallback: '`64`' })
  @AsWhole(0, 65_536)
  readonly cacheMegabytes: number = 64;
}
