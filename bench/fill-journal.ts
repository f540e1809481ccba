import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import type { LedgerEntry } from '../src/journal/ledger-entry.js';
import type { AttemptRecord, LedgerUsage } from '../src/journal/ledger-record.js';

interface JournalModule {
  readonly Journal: {
    open(options: { root: string; fsync: 'off'; maxBytes: number }): {
      append(entry: LedgerEntry): Promise<void>;
      close(): Promise<void>;
    };
  };
}

/** Leaves a journal of so many finished calls behind, as a process does that was killed. */
const [root = '', count = 0] = process.argv.slice(2).map((arg) => JSON.parse(arg) as never);
const path = join(import.meta.dirname, '..', 'dist', 'journal', 'journal.js');
const { Journal } = (await import(path)) as JournalModule;
const KEYS = Array.from({ length: 20 }, () => randomUUID());
const [tenant = '', project = ''] = KEYS;

const usage: LedgerUsage = {
  usage_source: 'provider',
  input_tokens: 256,
  cached_input_tokens: 64,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  audio_input_tokens: 0,
  image_input_tokens: 0,
  output_tokens: 16,
  reasoning_tokens: 0,
  audio_output_tokens: 0,
  image_output_tokens: 0,
  images: 0,
  audio_ms: 0,
  characters: 0,
  searches: 0,
};

function entry(number: number): LedgerEntry {
  const started = new Date().toISOString();
  const shared = {
    ...usage,
    started_at: started,
    tenant_id: tenant,
    project_id: project,
    token_id: KEYS[number % KEYS.length] ?? '',
    profile_id: KEYS[number % 5] ?? '',
    profile_revision_id: KEYS[number % 5] ?? '',
    provider_id: KEYS[number % 3] ?? '',
    model_id: KEYS[number % 4] ?? '',
    operation: 'chat',
    is_streamed: number % 2 === 0,
    outcome: 'ok',
    error_code: null,
    cost_picos: 43_200_000n,
    first_byte_ms: 20 + (number % 300),
    duration_ms: 100 + (number % 900),
  } as const;
  const id = randomUUIDv7();
  const attempt: AttemptRecord = {
    ...shared,
    id: randomUUIDv7(),
    request_id: id,
    number: 1,
    error_class: null,
    kind: 'first',
    upstream_model: 'sim-chat',
    status: 200,
    price_id: KEYS[0] ?? '',
    upstream_request_id: `req_${number}`,
  };
  return { attempts: [attempt], request: { ...shared, ...requestOnly, id } };
}

const requestOnly = {
  requested_model: 'bench',
  path: '/v1/chat/completions',
  status: 200,
  error_message: null,
  decision: null,
  attempts: 1,
  client_address: '127.0.0.1',
  user_agent: 'bench',
  trace_id: null,
  metadata: null,
} as const;

const journal = Journal.open({ root, fsync: 'off', maxBytes: 2 ** 32 });
for (let from = 0; from < count; from += 1000) {
  await Promise.all(Array.from({ length: Math.min(1000, count - from) }, (_, i) => journal.append(entry(from + i))));
}
process.exit(0); // without `close`, as if killed: what is in the files is for the next process to take over
