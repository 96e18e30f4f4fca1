import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { RescueTable } from '@/lib/procedures/table-rescue-catalog';

/** Rows travel as text in the one form that reads back to the same value (8.16.6, and each type's own output). */
export const sameTextSql = `select pg_catalog.set_config(name, value, true)
from (values ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'),
  ('extra_float_digits', '1'), ('xmloption', 'content'), ('row_security', 'off')) as s (name, value)`;

const columnList = (names: readonly string[]) => names.map(quoteIdent).join(', ');

/** Every row of a table of the copy as the text of one record. */
export function selectRows(
  table: Pick<RescueTable, 'kind'>,
  place: string,
  columns: readonly string[],
): string {
  return `select row(${columnList(columns)})::text as r from ${table.kind === 'p' ? '' : 'only '}${place}`;
}

/** Takes texts of records in, as `$1`; each is parsed once (`offset 0`). */
export function insertRows(place: string): string {
  return `insert into ${place}
select (x.v).*
from unnest($1::text[]) as u (r)
cross join lateral (select u.r::${place} as v offset 0) as x`;
}

/** The statements that make a table beside another: before its rows come and after. */
export function besideStatements(
  place: string,
  table: RescueTable,
  roles: ReadonlySet<string>,
): { create: string; after: string[]; tried: string[] } {
  const columns = table.columns.map(
    ({ name, type, collate, notNull }) =>
      `${quoteIdent(name)} ${type}${collate}${notNull ? ' not null' : ''}`,
  );
  // Row security is not made anew: so nobody but the owner gets to see the rows.
  const grants = table.rowSecurity
    ? []
    : table.grants.filter(({ grantee }) => grantee === null || roles.has(grantee));
  return {
    create: `create table ${place} (${columns.join(', ')})`,
    after: [
      ...table.constraints.map((definition) => `alter table ${place} add ${definition}`),
      ...table.indexes.map(
        ({ unique, tail }) => `create ${unique ? 'unique ' : ''}index on ${place} using ${tail}`,
      ),
      `alter table ${place} owner to ${quoteIdent(table.owner)}`,
      ...grants.map(
        ({ grantee, privilege }) =>
          `grant ${privilege.toLowerCase()} on table ${place} to ${grantee === null ? 'public' : quoteIdent(grantee)}`,
      ),
      `analyze ${place}`,
    ],
    tried: table.foreignKeys.map((definition) => `alter table ${place} add ${definition}`),
  };
}

export interface MergeOptions {
  schema: string;
  table: string;
  /** Keeps what the merge changed, for its undo. */
  undoTable: string;
  live: RescueTable;
  /** Columns that both have, of the same type; generated ones left out. */
  columns: string[];
  update: boolean;
}

const stage = 'pg_temp.plumbline_stage';

/** The statements of a merge, in order; between `stage` and `work` the copy's rows are loaded. */
export function mergeStatements({ schema, table, undoTable, live, columns, update }: MergeOptions) {
  const place = qualified(schema, table);
  const undo = qualified(schema, undoTable);
  const all = columnList(columns);
  const of = (alias: string, names: readonly string[]) =>
    names.map((name) => `${alias}.${quoteIdent(name)}`).join(', ');
  const sameKey = live.key.map((name) => `l.${quoteIdent(name)} = s.${quoteIdent(name)}`).join(' and ');
  const differs = `row(${of('l', columns)})::text is distinct from row(${of('s', columns)})::text`;
  const types = new Map(live.columns.map(({ name, type, collate }) => [name, `${type}${collate}`]));
  const always = new Set(live.columns.filter((column) => column.always).map(({ name }) => name));
  const set = columns.filter((name) => !live.key.includes(name) && !always.has(name));
  return {
    stage: [
      `create temporary table plumbline_stage (${columns.map((name) => `${quoteIdent(name)} ${types.get(name)}`).join(', ')}) on commit drop`,
    ],
    load: insertRows(stage),
    work: [
      `create index on ${stage} (${columnList(live.key)})`,
      `analyze ${stage}`,
      `create table ${undo} as select 'inserted'::text as plumbline_what, ${all} from ${place} where false`,
      `with added as (
  insert into ${place} (${all}) overriding system value
  select ${of('s', columns)}
  from ${stage} as s
  where not exists (select from ${place} as l where ${sameKey})
  on conflict (${columnList(live.key)}) do nothing
  returning ${all})
insert into ${undo} select 'inserted', ${all} from added`,
      ...(update && set.length > 0
        ? [
            `insert into ${undo}
select 'before', ${of('l', columns)}
from ${place} as l
join ${stage} as s on ${sameKey}
where ${differs}
for update of l`,
            `with changed as (
  update ${place} as l
  set (${columnList(set)}) = row(${of('s', set)})
  from ${stage} as s
  where ${sameKey} and ${differs}
  returning ${of('l', columns)})
insert into ${undo} select 'after', ${all} from changed`,
          ]
        : []),
    ],
    counts: `select plumbline_what as what, count(*)::float8 as count from ${undo} group by 1`,
  };
}

/** Takes a merge back: rows that are still as it left them; what was changed since stays as it is. */
export function unmergeStatements(options: Omit<MergeOptions, 'update'>) {
  const { schema, table, undoTable, live, columns } = options;
  const place = qualified(schema, table);
  const undo = qualified(schema, undoTable);
  const of = (alias: string, names: readonly string[]) =>
    names.map((name) => `${alias}.${quoteIdent(name)}`).join(', ');
  const same = (left: string, right: string) =>
    live.key.map((name) => `${left}.${quoteIdent(name)} = ${right}.${quoteIdent(name)}`).join(' and ');
  const unchanged = `row(${of('l', columns)})::text = row(${of('a', columns)})::text`;
  const always = new Set(live.columns.filter((column) => column.always).map(({ name }) => name));
  const set = columns.filter((name) => !live.key.includes(name) && !always.has(name));
  return {
    remove: `delete from ${place} as l
using ${undo} as a
where a.plumbline_what = 'inserted' and ${same('l', 'a')} and ${unchanged}
returning 1 as one`,
    putBack:
      set.length === 0
        ? undefined
        : `update ${place} as l
set (${columnList(set)}) = row(${of('b', set)})
from ${undo} as a
join ${undo} as b on b.plumbline_what = 'before' and ${same('b', 'a')}
where a.plumbline_what = 'after' and ${same('l', 'a')} and ${unchanged}
returning 1 as one`,
    drop: `drop table ${undo}`,
  };
}
