import { withDatabase } from './database.ts';
import type { GatewayHandle } from './gateway.ts';
import { atMost, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';

const BAR_MS = 300;
const CALLS = 5;
const DAYS = 30;
const SERIES = 20;
const REQUESTS = 10_000_000;
const BINS = 8;
const QUERIES = [
  '/usage/totals',
  '/usage/series?interval=day',
  '/usage/series?interval=hour&timeZone=Europe/Zurich',
  '/usage/breakdown?by=token',
  '/usage/breakdown?by=model',
];

/** What a dashboard asks, over 30 days with 10 million requests of 20 tokens: as many rollup rows as those leave. */
export async function dashboards({ gateway, log }: Bench): Promise<Row[]> {
  if (!gateway) return [];
  const rollups = await withDatabase(gateway.dataDir, async (client) => {
    await client.query(SERIES_SQL);
    await client.query(ROLLUP_SQL);
    await client.query(LATENCY_SQL);
    await client.query('analyze usage_rollup, usage_latency');
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from usage_rollup');
    return rows[0]?.count ?? 0;
  });
  log(`  ${rollups} rollup rows`);
  const rows: Row[] = [];
  for (const query of QUERIES) rows.push(await timed(gateway, query, rollups));
  return rows;
}

async function timed({ admin }: GatewayHandle, query: string, rollups: number): Promise<Row> {
  const times: number[] = [];
  for (let i = 0; i <= CALLS; i++) {
    const began = performance.now();
    await admin('GET', query);
    if (i > 0) times.push(performance.now() - began); // the first one reads from the disk
  }
  return atMost({
    row: `dashboard over 10 M requests: GET ${query}, ms`,
    subject: 'gateway',
    measured: `median of ${CALLS}; slowest ${rounded(Math.max(...times))} ms; ${rollups} rollup rows`,
    value: rounded(median(times)),
    bar: BAR_MS,
  });
}

/** The keys of the rollups: 20 tokens, 4 models of 2 providers. */
const SERIES_SQL = `
  create temporary table bench_series as
  select p.tenant_id, p.id as project_id, gen_random_uuid() as token_id, gen_random_uuid() as profile_id,
         md5((n % 2)::text)::uuid as provider_id, md5((n % 4)::text)::uuid as model_id
  from (select * from project limit 1) p, generate_series(1, ${SERIES}) n`;

const BUCKETS = `generate_series(
  date_bin('15 minutes', now(), 'epoch') - interval '${DAYS} days', now(), interval '15 minutes') at`;

const KEY = 'bucket_start, tenant_id, project_id, token_id, profile_id, provider_id, model_id, operation';
const KEY_VALUES = "at, tenant_id, project_id, token_id, profile_id, provider_id, model_id, 'chat'";
const EACH = Math.ceil(REQUESTS / (DAYS * 96 * SERIES));

const ROLLUP_SQL = `
  insert into usage_rollup (${KEY}, requests, errors, cancelled, attempts, unpriced, estimated,
    input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, audio_input_tokens, output_tokens,
    reasoning_tokens, audio_output_tokens, images, audio_ms, characters, cost_picos, duration_ms)
  select ${KEY_VALUES}, ${EACH}, 2, 1, ${EACH}, 0, 3, 250 * ${EACH}, 0, 0, 0, 0, 16 * ${EACH}, 0, 0, 0, 0, 0,
    47100000::numeric * ${EACH}, 300 * ${EACH}
  from bench_series, ${BUCKETS}`;

const LATENCY_SQL = `
  insert into usage_latency (${KEY}, bin, durations, first_bytes)
  select ${KEY_VALUES}, 40 + bin, ${Math.ceil(EACH / BINS)}, ${Math.ceil(EACH / BINS)}
  from bench_series, ${BUCKETS}, generate_series(1, ${BINS}) bin`;
