import type { SqlRow } from '@/lib/engine/define-job';
import type { InstanceSession } from '@/lib/instance/connect';
import { withTransaction } from '@/lib/instance/transaction';
import type { SourceContext } from '@/workers/collector/sources/source';
import type { StatementCounters, StatementReading } from '@/workers/collector/sources/statement-deltas';
import {
  activeSql,
  countersSql,
  infoSql,
  textsSql,
  viewSql,
} from '@/workers/collector/sources/statement-sql';

/** The columns that the installed version has, and whether the login may use the schema that it lives in. */
export async function viewOf(
  session: InstanceSession,
  schema: string,
): Promise<{ columns: Set<string>; mayUse: boolean }> {
  const rows = await session.query(viewSql, [schema]);
  return { columns: new Set(rows.map((row) => String(row.name))), mayUse: rows[0]?.may_use === true };
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
    const [info] = columns.has('toplevel') ? await inner.query(infoSql(schema)) : [];
    const active = await inner.query(activeSql);
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
    inner.query(textsSql(schema), [[...new Set(queryids)]]),
  );
  return new Map(rows.map((row) => [String(row.queryid), String(row.text)]));
}
