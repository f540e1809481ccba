import { Client } from 'pg';

/** Monthly partitions come and go at run time, and the list of applied migrations is no part of the schema. */
const TABLES = `
  select c.oid, c.relname as name, pg_get_partkeydef(c.oid) as partition_key
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'schema_migration'
  order by c.relname`;

const COLUMNS = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as is_required,
         a.attidentity as identity, a.attgenerated as generated, pg_get_expr(d.adbin, d.adrelid) as value
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

/** A required column is one thing, told at the column; Postgres 18 lists it as a constraint too. */
const CONSTRAINTS = `
  select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as line
  from pg_constraint where conrelid = $1 and contype <> 'n'
  order by position(contype::text in 'pufcx'), conname`;

const INDEXES = `
  select pg_get_indexdef(i.indexrelid) as line
  from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = $1 and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
  order by c.relname`;

const TRIGGERS = `select pg_get_triggerdef(oid) as line from pg_trigger where tgrelid = $1 and not tgisinternal order by tgname`;

const OTHERS = `
  select line from (
    select 1 as rank, p.proname as name, pg_get_functiondef(p.oid) as line
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
    union all
    select 2, c.relname, 'CREATE VIEW ' || c.relname || ' AS' || pg_get_viewdef(c.oid)
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
  ) other order by rank, name`;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly is_required: boolean;
  readonly identity: string;
  readonly generated: string;
  readonly value: string | null;
}

/** The schema as text that is the same for the same schema: for `migrations/schema.sql`, to be read in a diff. */
export async function dumpSchema(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ oid: number; name: string; partition_key: string | null }>(TABLES);
    const parts: string[] = [];
    for (const table of rows) parts.push(await dumpTable(client, table));
    const others = await linesOf(client, OTHERS);
    return [...parts, ...others.map((line) => `${line.trimEnd().replace(/;?$/, ';')}\n`)].join('\n');
  } finally {
    await client.end();
  }
}

async function dumpTable(
  client: Client,
  { oid, name, partition_key: key }: { oid: number; name: string; partition_key: string | null },
): Promise<string> {
  const columns = (await client.query<Column>(COLUMNS, [oid])).rows.map(describeColumn);
  const inside = [...columns, ...(await linesOf(client, CONSTRAINTS, oid))].map((line) => `  ${line}`);
  const partitioned = key ? ` partition by ${key}` : '';
  const after = [...(await linesOf(client, INDEXES, oid)), ...(await linesOf(client, TRIGGERS, oid))];
  return [
    `create table ${name} (\n${inside.join(',\n')}\n)${partitioned};`,
    ...after.map((line) => `${line};`),
    '',
  ].join('\n');
}

function describeColumn({ name, type, is_required: isRequired, identity, generated, value }: Column): string {
  const words = [name, type];
  if (isRequired) words.push('not null');
  if (identity) words.push('generated as identity');
  if (generated) words.push(`generated always as (${value}) stored`);
  else if (value !== null) words.push(`default ${value}`);
  return words.join(' ');
}

async function linesOf(client: Client, sql: string, oid?: number): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(sql, oid === undefined ? [] : [oid]);
  return rows.map(({ line }) => line);
}
