import type { SqlRow } from '@/lib/engine/define-job';
import type { InstanceSession } from '@/lib/instance/connect';
import { qualified } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import type { SourceContext } from '@/workers/collector/sources/source';
import type { StatementCounters, StatementReading } from '@/workers/collector/sources/statement-deltas';

const textMaxLength = 10_000;

/** The columns that the installed version has, and whether the login may use the schema that it lives in. */
export async function viewOf(
  session: InstanceSession,
  schema: string,
): Promise<{ columns: Set<string>; mayUse: boolean }> {
  const rows = await session.query(
    `select a.attname::text as name, has_schema_privilege(n.oid, 'usage') as may_use
     from pg_catalog.pg_namespace as n
     join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'
     join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname = $1`,
    [schema],
  );
  return { columns: new Set(rows.map((row) => String(row.name))), mayUse: rows[0]?.may_use === true };
}

const zero = '0::float8';

/** The first of these columns that there are, summed up; names changed with 1.11 of the extension (17). */
function sumOf(columns: Set<string>, ...names: string[]): string {
  const there = names.filter((name) => columns.has(name));
  return there.length > 0 ? there.map((name) => `s.${name}`).join(' + ') : zero;
}

function countersSql(schema: string, columns: Set<string>): string {
  const since = columns.has('stats_since') ? 'extract(epoch from s.stats_since)::float8' : 'null::float8';
  const toplevel = columns.has('toplevel') ? 's.toplevel' : 'true';
  const io = columns.has('blk_read_time')
    ? sumOf(columns, 'blk_read_time', 'blk_write_time', 'temp_blk_read_time', 'temp_blk_write_time')
    : sumOf(
        columns,
        ...['shared', 'local', 'temp'].flatMap((kind) => [`${kind}_blk_read_time`, `${kind}_blk_write_time`]),
      );
  return `select
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

/** All counters at this moment, without texts. */
export async function readCounters(
  context: SourceContext,
  schema: string,
  columns: Set<string>,
): Promise<StatementReading> {
  const { session, timeoutMs } = context;
  const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
  return withTransaction(session, limits, async (inner) => {
    const rows = await inner.query(countersSql(schema, columns));
    // The view is there from 1.9 of the extension on, as `toplevel` is.
    const [info] = columns.has('toplevel')
      ? await inner.query(
          `select dealloc::float8 as evictions, extract(epoch from stats_reset)::float8 as reset
           from ${qualified(schema, 'pg_stat_statements_info')}`,
        )
      : [];
    const active = await inner.query(
      `select datid::text as database, active_time as ms,
         pg_catalog.current_setting('pg_stat_statements.max', true)::float8 as max_entries
       from pg_catalog.pg_stat_database
       where datid <> 0`,
    );
    const numberOr = (value: unknown) => (typeof value === 'number' ? value : null);
    const seen = rows.filter((row) => row.queryid !== null);
    return {
      rows: seen.map(countersOf),
      hidden: rows.length - seen.length,
      resetEpoch: numberOr(info?.reset),
      evictions: numberOr(info?.evictions),
      serverEpoch: inner.serverEpoch,
      maxEntries: numberOr(active[0]?.max_entries),
      activeMs: new Map(active.map((row) => [String(row.database), Number(row.ms)])),
    };
  });
}

function countersOf(row: SqlRow): StatementCounters {
  return {
    entry: String(row.entry),
    database: String(row.database),
    username: String(row.username),
    queryid: String(row.queryid),
    toplevel: row.toplevel === true,
    calls: Number(row.calls),
    totalMs: Number(row.total_ms),
    planMs: Number(row.plan_ms),
    ioMs: Number(row.io_ms),
    minMs: Number(row.min_ms),
    maxMs: Number(row.max_ms),
    rows: Number(row.rows),
    sharedHit: Number(row.shared_hit),
    sharedRead: Number(row.shared_read),
    sharedDirtied: Number(row.shared_dirtied),
    tempWritten: Number(row.temp_written),
    walBytes: Number(row.wal_bytes),
    since: typeof row.since === 'number' ? row.since : null,
  };
}

/** One text per query id: entries of several users differ in their counters only. */
export async function readTexts(
  { session, timeoutMs }: SourceContext,
  schema: string,
  queryids: readonly string[],
): Promise<Map<string, string>> {
  if (queryids.length === 0) return new Map();
  const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select distinct on (queryid) queryid::text as queryid, left(query, ${textMaxLength}) as text
       from ${qualified(schema, 'pg_stat_statements')}(true)
       where queryid = any ($1::int8[])
         and query is not null
       order by queryid`,
      [[...new Set(queryids)]],
    ),
  );
  return new Map(rows.map((row) => [String(row.queryid), String(row.text)]));
}
