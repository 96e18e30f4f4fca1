import { qualified } from '@/lib/instance/quote';

const textMaxLength = 10_000;

/** The columns that the installed version has, and whether the login may use the schema that it lives in. */
export const viewSql = `
  select a.attname::text as name, has_schema_privilege(n.oid, 'usage') as may_use
  from pg_catalog.pg_namespace as n
  join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname = $1`;

const zero = '0::float8';

/** The first of these columns that there are, summed up; names changed with 1.11 of the extension (17). */
function sumOf(columns: ReadonlySet<string>, ...names: string[]): string {
  const there = names.filter((name) => columns.has(name));
  return there.length > 0 ? there.map((name) => `s.${name}`).join(' + ') : zero;
}

/** All counters without texts, by the columns that the installed version of the extension has. */
export function countersSql(schema: string, columns: ReadonlySet<string>): string {
  const since = columns.has('stats_since') ? 'extract(epoch from s.stats_since)::float8' : 'null::float8';
  const toplevel = columns.has('toplevel') ? 's.toplevel' : 'true';
  const io = columns.has('blk_read_time')
    ? sumOf(columns, 'blk_read_time', 'blk_write_time', 'temp_blk_read_time', 'temp_blk_write_time')
    : sumOf(
        columns,
        ...['shared', 'local', 'temp'].flatMap((kind) => [`${kind}_blk_read_time`, `${kind}_blk_write_time`]),
      );
  return `
    select
      s.dbid::text || '/' || s.userid || '/' || s.queryid || '/' || ${toplevel} as entry,
      coalesce(d.datname::text, '#' || s.dbid) as database,
      coalesce(r.rolname::text, '#' || s.userid) as username,
      s.queryid::text as queryid,
      ${toplevel} as toplevel,
      s.calls::float8 as calls,
      s.total_exec_time as total_ms,
      ${sumOf(columns, 'total_plan_time')} as plan_ms,
      ${io} as io_ms,
      s.min_exec_time as min_ms,
      s.max_exec_time as max_ms,
      s.rows::float8 as rows,
      s.shared_blks_hit::float8 as shared_hit,
      s.shared_blks_read::float8 as shared_read,
      s.shared_blks_dirtied::float8 as shared_dirtied,
      s.temp_blks_written::float8 as temp_written,
      s.wal_bytes::float8 as wal_bytes,
      ${since} as since
    from ${qualified(schema, 'pg_stat_statements')}(false) as s
    left join pg_catalog.pg_database as d on d.oid = s.dbid
    left join pg_catalog.pg_roles as r on r.oid = s.userid`;
}

/** How many entries were thrown out, and when it was reset. */
export const infoSql = (schema: string) => `
  select dealloc::float8 as evictions, extract(epoch from stats_reset)::float8 as reset
  from ${qualified(schema, 'pg_stat_statements_info')}`;

/** How long sessions of each database were at work: what the statements' times are measured against. */
export const activeSql = `
  select datid::text as database, active_time as ms,
    pg_catalog.current_setting('pg_stat_statements.max', true)::float8 as max_entries
  from pg_catalog.pg_stat_database
  where datid <> 0`;

/** One text per query id: entries of several users differ in their counters only. */
export const textsSql = (schema: string) => `
  select distinct on (queryid) queryid::text as queryid, left(query, ${textMaxLength}) as text
  from ${qualified(schema, 'pg_stat_statements')}(true)
  where queryid = any ($1::int8[])
    and query is not null
  order by queryid`;
