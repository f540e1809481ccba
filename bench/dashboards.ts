import { withDatabase } from './database.ts';
import type { GatewayHandle } from './gateway.ts';
import { atMost, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';

const BAR_MS = 300;
const CALLS = 5;
const DAYS = 30;
const SERIES = 50;
const REQUESTS = 10_000_000;
const BINS = 12;
const WEEK_AGO = new Date(Date.now() - 7 * 86_400_000).toISOString();
const QUERIES = [
  '/usage/totals',
  '/usage/series?interval=day',
  '/usage/series?interval=day&timeZone=Europe/Zurich',
  '/usage/series?interval=day&timeZone=Asia/Kathmandu',
  `/usage/series?interval=hour&from=${WEEK_AGO}`,
  `/usage/series?interval=hour&timeZone=Europe/Zurich&from=${WEEK_AGO}`,
  '/usage/breakdown?by=token',
  '/usage/breakdown?by=model',
  '/usage/breakdown?by=metadata:team',
];
/** Of one token and one model: series that are read from finer sums. Of no zone are more quarter hours read than of Auckland's. */
const FILTERED = [
  '/usage/series?interval=day&timeZone=Europe/Zurich',
  '/usage/series?interval=day&timeZone=America/New_York',
  '/usage/series?interval=day&timeZone=Pacific/Auckland',
  `/usage/series?interval=hour&from=${WEEK_AGO}`,
];

/** What a dashboard asks, over 30 days with 10 million requests of 20 tokens: as many rollup rows as those leave. */
export async function dashboards({ gateway, log }: Bench): Promise<Row[]> {
  if (!gateway) return [];
  const { rollups, filters } = await withDatabase(gateway.dataDir, async (client) => {
    for (const sql of FILL) await client.query(sql);
    await client.query('analyze');
    const { rows } = await client.query<{ rollups: number }>('select count(*)::int as rollups from usage_rollup');
    const one = await client.query<{ token: string; model: string }>(
      'select token_id as token, model_id as model from bench_series limit 1',
    );
    return { rollups: rows[0]?.rollups ?? 0, filters: Object.entries(one.rows[0] ?? {}) };
  });
  log(`  ${rollups} rollup rows`);
  const filtered = FILTERED.flatMap((query) => filters.map(([name, id]) => `${query}&${name}=${id}`));
  const rows: Row[] = [];
  for (const query of [...QUERIES, ...filtered]) rows.push(await timed(gateway, query, rollups));
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
    row: `dashboard over 10 M requests: GET ${query.replaceAll(/[0-9a-f-]{36}|\d{4}-[\dT:.-]+Z/g, '…')}, ms`,
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
         uuid(format('00000000-0000-7000-8000-%s', lpad((n % 2)::text, 12, '0'))) as provider_id,
         uuid(format('00000000-0000-7000-8000-%s', lpad((n % 4)::text, 12, '0'))) as model_id
  from (select * from project limit 1) p, generate_series(1, ${SERIES}) n`;

const BUCKETS = `generate_series(
  date_bin('15 minutes', now(), 'epoch') - interval '${DAYS} days', now(), interval '15 minutes') at`;

const KEY = 'bucket_start, tenant_id, project_id, token_id, profile_id, provider_id, model_id, operation';
const KEY_VALUES = "at, tenant_id, project_id, token_id, profile_id, provider_id, model_id, 'chat'";
const EACH = Math.ceil(REQUESTS / (DAYS * 96 * SERIES));

const SUMS = `requests, errors, cancelled, attempts, unpriced, estimated,
  input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, audio_input_tokens, image_input_tokens, output_tokens,
  reasoning_tokens, audio_output_tokens, image_output_tokens, images, audio_ms, characters, searches, cost_picos, duration_ms`;
const COUNTS = 'durations, first_bytes';

const ROLLUP_SQL = `
  insert into usage_rollup (${KEY}, ${SUMS})
  select ${KEY_VALUES}, ${EACH}, 2, 1, ${EACH}, 0, 3, 250 * ${EACH}, 0, 0, 0, 0, 0, 16 * ${EACH}, 0, 0, 0, 0, 0, 0, 0,
    47100000::numeric * ${EACH}, 300 * ${EACH}
  from bench_series, ${BUCKETS}`;

const LATENCY_SQL = `
  insert into usage_latency (${KEY}, bin, ${COUNTS})
  select ${KEY_VALUES}, 40 + bin, ${Math.ceil(EACH / BINS)}, ${Math.ceil(EACH / BINS)}
  from bench_series, ${BUCKETS}, generate_series(1, ${BINS}) bin`;

/** Sums up the quarter hours, as the drain does with each batch. */
function coarser(from: string, into: string, { key, columns }: { key: string; columns: string }): string {
  const day = `date_bin('1 day', bucket_start, timestamptz '2000-01-01 00:00:00+00')`;
  const values = into.includes('_day') ? key.replace('bucket_start', day) : key;
  return `insert into ${into} (${key}, ${columns})
    select ${values}, ${columns.replaceAll(/\w+/g, 'sum($&)')} from ${from} group by ${values}`;
}

const PROJECT_KEY = 'bucket_start, tenant_id, project_id';
/** As if 20 teams had the tokens. */
const METADATA_KEY = 'tenant_id, key, bucket_start, project_id, value';
const METADATA_VALUES = `tenant_id, 'team', bucket_start, project_id, 'team-' || get_byte(uuid_send(token_id), 15) % 20`;

function byTeam(from: string, into: string, { key, columns }: { key: string; columns: string }): string {
  return `insert into ${into} (${METADATA_KEY}${key}, ${columns})
    select ${METADATA_VALUES}${key}, ${columns.replaceAll(/\w+/g, 'sum($&)')} from ${from}
    group by 1, 2, 3, 4, 5${key === '' ? '' : ', 6'}`;
}

const TABLES = [
  'usage_rollup',
  'usage_latency',
  'usage_rollup_day',
  'usage_latency_day',
  'usage_project_rollup',
  'usage_project_latency',
  'usage_metadata_rollup',
  'usage_metadata_latency',
  'usage_metadata_rollup_day',
  'usage_metadata_latency_day',
];
const FILL = [
  'begin', // the drain may still have to store what was called before
  `truncate ${TABLES.join(', ')}`,
  SERIES_SQL,
  ROLLUP_SQL,
  LATENCY_SQL,
  coarser('usage_rollup', 'usage_rollup_day', { key: KEY, columns: SUMS }),
  coarser('usage_latency', 'usage_latency_day', { key: `${KEY}, bin`, columns: COUNTS }),
  coarser('usage_rollup', 'usage_project_rollup', { key: PROJECT_KEY, columns: SUMS }),
  coarser('usage_latency', 'usage_project_latency', { key: `${PROJECT_KEY}, bin`, columns: COUNTS }),
  byTeam('usage_rollup', 'usage_metadata_rollup', { key: '', columns: SUMS }),
  byTeam('usage_latency', 'usage_metadata_latency', { key: ', bin', columns: COUNTS }),
  coarser('usage_metadata_rollup', 'usage_metadata_rollup_day', { key: METADATA_KEY, columns: SUMS }),
  coarser('usage_metadata_latency', 'usage_metadata_latency_day', { key: `${METADATA_KEY}, bin`, columns: COUNTS }),
  'commit',
];
