import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { partRows, storedParts, sumsOf } from '@/lib/store/statement-windows';
import type { StatementKey } from '@/lib/store/statements';

export interface StatementTotals extends StatementKey {
  id: number;
  text: string | null;
  calls: number;
  total_ms: number;
  rows: number;
  shared_hit: number;
  shared_read: number;
  temp_written: number;
  wal_bytes: number;
  lower_bound: boolean;
  last_at: string;
}

export const statementSorts = {
  time: sql`total_ms`,
  calls: sql`calls`,
  mean: sql`total_ms / nullif(calls, 0)`,
  reads: sql`shared_read`,
  temp: sql`temp_written`,
  wal: sql`wal_bytes`,
  rows: sql`rows`,
} as const;

export interface StatementWindow {
  instanceId: string;
  /** ISO 8601. */
  from: string;
  to: string;
  database?: string;
  sort: keyof typeof statementSorts;
  limit: number;
}

/** Statements of a window with what they did in it, most first, and the sums over all of them. */
export async function readStatements(
  db: Store,
  window: StatementWindow,
): Promise<{ items: StatementTotals[]; totals: { statements: number; calls: number; totalMs: number } }> {
  const inDatabase = window.database === undefined ? sql`` : sql`and s.database = ${window.database}`;
  const epoch = (at: string) => Date.parse(at) / 1000;
  const parts = await storedParts(db, { from: epoch(window.from), to: epoch(window.to) });
  const { rows } = await sql<StatementTotals & { all_statements: number; all_calls: number; all_ms: number }>`
    with part as (${partRows(parts)}),
    sums as (
      select part.statement_id, ${sumsOf()}, max(part.at) as last_at
      from statements as s
      join part on part.statement_id = s.id
      where s.instance_id = ${window.instanceId}
        ${inDatabase}
      group by part.statement_id
    ),
    top as (
      select *, count(*) over ()::int4 as all_statements, sum(calls) over () as all_calls,
        sum(total_ms) over () as all_ms
      from sums
      order by ${statementSorts[window.sort]} desc nulls last, statement_id
      limit ${window.limit}
    )
    select s.id, s.database, s.username, s.queryid, s.toplevel, left(t.text, 20000) as text, top.calls, top.total_ms,
      top.rows, top.shared_hit, top.shared_read, top.temp_written, top.wal_bytes, top.lower_bound, top.last_at,
      top.all_statements, top.all_calls, top.all_ms
    from top
    join statements as s on s.id = top.statement_id
    left join statement_texts as t on t.hash = s.text_hash
    order by ${statementSorts[window.sort]} desc nulls last, s.id`.execute(db);
  const first = rows[0];
  return {
    items: rows,
    totals: {
      statements: first?.all_statements ?? 0,
      calls: first?.all_calls ?? 0,
      totalMs: first?.all_ms ?? 0,
    },
  };
}
