import type { EntityManager } from 'typeorm';
import type { Dependant } from './projects.errors.js';

const MOST_PER_TABLE = 10;

interface Reference {
  table_name: string;
  select: string;
}

/**
 * The rows of any room that point at this tenant or project, up to ten a table. The foreign keys in the database say
 * which tables those are, so a room that comes later is found without a word here.
 */
export async function dependantsOf(
  manager: EntityManager,
  target: { table: 'tenant' | 'project'; id: string },
  ignoredTables: readonly string[],
): Promise<Dependant[]> {
  const references = await manager.query<Reference[]>(REFERENCES, [target.table, ignoredTables, MOST_PER_TABLE]);
  const found: Dependant[] = [];
  for (const { table_name: kind, select } of references) {
    const rows = await manager.query<{ id: string; name: string }[]>(select, [target.id]);
    found.push(...rows.map(({ id, name }) => ({ kind, id, name })));
  }
  return found;
}

/** Each referencing table with the statement that finds its rows; tables without a name are shown by their id. */
const REFERENCES = `
  select conrelid::regclass::text as table_name,
         format('select %s as id, %s as name from %s where %I = $1 order by 2 limit %s',
                case when has.id then 'id::text' else quote_literal('') end,
                case when has.name then 'name' when has.id then 'id::text' else quote_literal('') end,
                conrelid::regclass, attname, $3::int) as select
  from pg_constraint
  join pg_attribute on attrelid = conrelid and attnum = conkey[1]
  cross join lateral (
    select bool_or(attname = 'id') as id, bool_or(attname = 'name') as name
    from pg_attribute where attrelid = conrelid and attnum > 0 and not attisdropped
  ) as has
  where contype = 'f' and confrelid = $1::regclass and conparentid = 0
    and conrelid::regclass::text <> all ($2::text[]) and cardinality(conkey) = 1
  order by 1`;
