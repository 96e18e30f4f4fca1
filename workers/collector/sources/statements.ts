import type { SqlRow } from '@/lib/engine/define-job';
import type { InstanceSession } from '@/lib/instance/connect';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import { appendStatements, KnownStatements, rememberStatements, statementName } from '@/lib/store/statements';
import type { Source, SourceAnswer, SourceContext } from '@/workers/collector/sources/source';
import {
  type StatementCounters,
  type StatementReading,
  statementDeltas,
} from '@/workers/collector/sources/statement-deltas';

/** Texts of one reading at most: with their cut length they stay below the cap of one answer. */
const textsAtMost = 1000;
const textMaxLength = 10_000;

/**
 * pg_stat_statements (PostgreSQL documentation, F.32). Counters are read without texts each time, since texts make the
 * server read and sort a whole file; the text of a statement is fetched once. Nothing is ever reset.
 */
export function makeStatementsSource(): Source {
  const known = new KnownStatements();
  let before: StatementReading | undefined;
  return {
    collect: async (context): Promise<SourceAnswer> => {
      const started = performance.now();
      const schema = context.surroundings.extensions.find(
        ({ name }) => name === 'pg_stat_statements',
      )?.schema;
      if (schema === undefined) throw new Error('the need of this source was not asked for');
      const { columns, mayUse } = await viewOf(context.session, schema);
      const unknown = (reason: string, mend: string): SourceAnswer => ({
        answer: { state: 'unknown', reason, mend, durationMs: performance.now() - started },
      });
      const { user } = context.surroundings;
      if (!mayUse) {
        const mend = `grant usage on schema ${quoteIdent(schema)} to ${quoteIdent(user)};`;
        return unknown(`${user} may not use the schema that pg_stat_statements is in.`, mend);
      }
      if (!columns.has('total_exec_time')) {
        const reason = 'The extension pg_stat_statements is of an old version in this database.';
        return unknown(reason, 'alter extension pg_stat_statements update;');
      }
      const reading = await read(context, schema, columns);
      const answered = { state: 'ok' as const, rows: [], serverEpoch: reading.serverEpoch };
      const commit = () => {
        before = reading;
      };
      const last = before;
      if (!last) return { answer: { ...answered, durationMs: performance.now() - started }, commit };
      const deltas = statementDeltas(last, reading);
      const unseen = deltas
        .filter((delta) => !known.withText.has(statementName(delta)))
        .slice(0, textsAtMost);
      const texts = await readTexts(
        context,
        schema,
        unseen.map(({ queryid }) => queryid),
      );
      const seconds = reading.serverEpoch - last.serverEpoch;
      return {
        answer: { ...answered, durationMs: performance.now() - started },
        commit,
        rollback: () => known.clear(),
        store: async (db, at) => {
          if (seconds <= 0) return;
          const named = deltas.map((delta) => ({ ...delta, text: texts.get(delta.queryid) ?? null }));
          await rememberStatements(db, context.instanceId, named, known);
          await appendStatements(db, at, seconds, deltas, known);
        },
      };
    },
  };
}

/** The columns that the installed version has, and whether the login may use the schema that it lives in. */
async function viewOf(
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

async function read(context: SourceContext, schema: string, columns: Set<string>): Promise<StatementReading> {
  const { session, timeoutMs } = context;
  const since = columns.has('stats_since') ? 'extract(epoch from s.stats_since)::float8' : 'null::float8';
  const toplevel = columns.has('toplevel') ? 's.toplevel' : 'true';
  const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
  return withTransaction(session, limits, async (inner) => {
    const rows = await inner.query(
      `select
         coalesce(d.datname::text, '#' || s.dbid) as database,
         coalesce(r.rolname::text, '#' || s.userid) as username,
         s.queryid::text as queryid,
         ${toplevel} as toplevel,
         s.calls::float8 as calls,
         s.total_exec_time as total_ms,
         s.rows::float8 as rows,
         s.shared_blks_hit::float8 as shared_hit,
         s.shared_blks_read::float8 as shared_read,
         s.temp_blks_written::float8 as temp_written,
         s.wal_bytes::float8 as wal_bytes,
         ${since} as since
       from ${qualified(schema, 'pg_stat_statements')}(false) as s
       left join pg_catalog.pg_database as d on d.oid = s.dbid
       left join pg_catalog.pg_roles as r on r.oid = s.userid
       where s.queryid is not null`,
    );
    // The view is there from 1.9 of the extension on, as `toplevel` is.
    const [info] = columns.has('toplevel')
      ? await inner.query(
          `select dealloc::float8 as evictions, extract(epoch from stats_reset)::float8 as reset
           from ${qualified(schema, 'pg_stat_statements_info')}`,
        )
      : [];
    return {
      rows: rows.map(countersOf),
      resetEpoch: typeof info?.reset === 'number' ? info.reset : null,
      evictions: typeof info?.evictions === 'number' ? info.evictions : null,
      serverEpoch: inner.serverEpoch,
    };
  });
}

function countersOf(row: SqlRow): StatementCounters {
  return {
    database: String(row.database),
    username: String(row.username),
    queryid: String(row.queryid),
    toplevel: row.toplevel === true,
    calls: Number(row.calls),
    totalMs: Number(row.total_ms),
    rows: Number(row.rows),
    sharedHit: Number(row.shared_hit),
    sharedRead: Number(row.shared_read),
    tempWritten: Number(row.temp_written),
    walBytes: Number(row.wal_bytes),
    since: typeof row.since === 'number' ? row.since : null,
  };
}

/** One text per query id: entries of several users differ in their counters only. */
async function readTexts(
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
