import type { Conditions } from './conditions.js';
import type { CutDays, Piece } from './cut-days.js';
import { SUMS } from './rollup.sql.js';

/** What a report reads of the sums: how long everything took is only there as bins. */
export const READ_SUMS = SUMS.filter((column) => column !== 'duration_ms');

export const READ_SUMS_SQL = READ_SUMS.map((column) => `sum(${column}) as ${column}`).join(', ');

/** The tables that keep sums and counts apart by combinations of all keys, by whole projects, and by metadata values. */
const TABLES = {
  combinations: {
    rollup: { quarterHours: 'usage_rollup', days: 'usage_rollup_day' },
    latency: { quarterHours: 'usage_latency', days: 'usage_latency_day' },
  },
  projects: {
    rollup: { quarterHours: 'usage_project_rollup', days: 'usage_rollup_day' },
    latency: { quarterHours: 'usage_project_latency', days: 'usage_latency_day' },
  },
  metadata: {
    rollup: { quarterHours: 'usage_metadata_rollup', days: 'usage_metadata_rollup_day' },
    latency: { quarterHours: 'usage_metadata_latency', days: 'usage_metadata_latency_day' },
  },
} as const;

const COLUMNS = {
  rollup: { key: [], sums: READ_SUMS },
  latency: { key: ['bin'], sums: ['durations', 'first_bytes'] },
} as const;

/** Which rows of the rollups are read; all but the table's name are placeholders and conditions with such. */
export interface RollupRows {
  readonly of: keyof typeof TABLES;
  readonly conditions: string;
  readonly from: string;
  readonly to: string;
  readonly cuts?: CutPlaceholders;
}

interface CutPlaceholders {
  readonly days: string;
  readonly countedAt: string;
  readonly pieces: { readonly [Member in keyof Piece]: string };
}

/** Rows whose key fits `where`, in a range. With `cuts` most are read by day, without by quarter hour. */
export function rollupRows(
  where: Conditions,
  { of, range, cuts }: { of: keyof typeof TABLES; range: { from: Date; to: Date }; cuts?: CutDays },
): RollupRows {
  const bounds = { from: where.value(range.from), to: where.value(range.to) };
  return { of, conditions: where.sql, ...bounds, ...(cuts && { cuts: placeholdersOf(where, cuts) }) };
}

function placeholdersOf(where: Conditions, { days, countedAt, pieces }: CutDays): CutPlaceholders {
  const column = (member: keyof Piece): string => where.value(pieces.map((piece) => piece[member]));
  return {
    days: where.value(days),
    countedAt: where.value(countedAt),
    pieces: {
      from: column('from'),
      to: column('to'),
      addedAt: column('addedAt'),
      takenOffAt: column('takenOffAt'),
    },
  };
}

/** What sums are made by: a column of the key, or an expression over `bucket_start`, or all are summed together. */
export interface Grouping {
  readonly column?: string;
  readonly time?: string;
}

/** Sums and latency bins from the rollups. */
export function rollupQuery({ column, time }: Grouping, rows: RollupRows): string {
  const group = column ?? time ?? `'all'`;
  const kept = column === undefined ? [] : [column];
  const [rollup, latency] = [rowsOf('rollup', kept, rows), rowsOf('latency', kept, rows)];
  return `
    with summed as (
      select ${group} as key, ${READ_SUMS_SQL} from (${rollup}) as rollup group by 1
      having sum(requests) > 0 or sum(attempts) > 0
    ), binned as (
      select key, array_agg(bin::int order by bin) as bins,
        array_agg(durations order by bin) as durations, array_agg(first_bytes order by bin) as first_bytes
      from (
        select ${group} as key, bin, sum(durations)::float8 as durations, sum(first_bytes)::float8 as first_bytes
        from (${latency}) as latency group by 1, 2
        having sum(durations) > 0 or sum(first_bytes) > 0
      ) as bin group by key
    )
    select summed.*, bins, durations, first_bytes
    from summed left join binned
      on (binned.key is null) = (summed.key is null) and coalesce(binned.key::text, '') = coalesce(summed.key::text, '')`;
}

function rowsOf(kind: keyof typeof COLUMNS, kept: readonly string[], rows: RollupRows): string {
  const { conditions, from, to, cuts } = rows;
  const { quarterHours, days } = TABLES[rows.of][kind];
  const key = [...kept, ...COLUMNS[kind].key];
  const columns = [...key, ...COLUMNS[kind].sums].join(', ');
  if (!cuts) {
    return `select bucket_start, ${columns} from ${quarterHours} where ${conditions}
      and bucket_start >= ${from}::timestamptz and bucket_start < ${to}::timestamptz`;
  }
  return `
    select coalesce(counted_at, bucket_start) as bucket_start, ${columns}
    from ${days} left join unnest(${cuts.days}::timestamptz[], ${cuts.countedAt}::timestamptz[]) as cut(cut_day, counted_at)
      on cut_day = bucket_start
    where ${conditions} and (cut_day is null or counted_at is not null)
      and bucket_start >= date_bin('1 day', ${from}::timestamptz, timestamptz '2000-01-01 00:00:00+00')
      and bucket_start < ${to}::timestamptz
    union all
    ${piecesOf({ table: quarterHours, conditions, key, sums: COLUMNS[kind].sums }, cuts.pieces)}`;
}

/** Keeps Postgres from reading the whole range once for all pieces together, instead of each piece by the index. */
const BY_INDEX = 'offset 0';

interface PieceRows {
  readonly table: string;
  readonly conditions: string;
  readonly key: readonly string[];
  readonly sums: readonly string[];
}

/** Each piece is summed once, then added to its own interval and taken off that which is read as the whole day. */
function piecesOf({ table, conditions, key, sums }: PieceRows, pieces: CutPlaceholders['pieces']): string {
  const arrays = [pieces.from, pieces.to, pieces.addedAt, pieces.takenOffAt].map((value) => `${value}::timestamptz[]`);
  const signed = [...key, ...sums.map((column) => `sign * ${column} as ${column}`)];
  const summed = [...key, ...sums.map((column) => `sum(${column}) as ${column}`)];
  return `
    select counted.bucket_start, ${signed.join(', ')}
    from (
      select added_at, taken_off_at, ${summed.join(', ')}
      from unnest(${arrays.join(', ')}) as piece(piece_from, piece_to, added_at, taken_off_at), lateral (
        select ${[...key, ...sums].join(', ')} from ${table} where ${conditions}
          and bucket_start >= piece_from and bucket_start < piece_to ${BY_INDEX}
      ) as quarter_hour
      group by ${['added_at', 'taken_off_at', ...key].join(', ')}
    ) as piece, lateral (values (added_at, 1), (taken_off_at, -1)) as counted(bucket_start, sign)
    where counted.bucket_start is not null`;
}
