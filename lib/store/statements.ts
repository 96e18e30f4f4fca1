import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What names a statement on an instance: pg_stat_statements' own key, with names instead of oids. */
export interface StatementKey {
  database: string;
  username: string;
  queryid: string;
  toplevel: boolean;
}

/** What one statement did between two readings. */
export interface StatementDelta extends StatementKey {
  calls: number;
  totalMs: number;
  rows: number;
  sharedHit: number;
  sharedRead: number;
  tempWritten: number;
  walBytes: number;
  /** It was reset or evicted meanwhile: at least so much. */
  lowerBound: boolean;
}

export function statementName(key: StatementKey): string {
  return JSON.stringify([key.database, key.username, key.queryid, key.toplevel]);
}

/** Statements of an instance that are known already: name → id and whether its text is stored. */
export class KnownStatements {
  readonly ids = new Map<string, number>();
  readonly withText = new Set<string>();

  /** After a transaction that was rolled back: statements that it made are not there. */
  clear(): void {
    this.ids.clear();
    this.withText.clear();
  }
}

const textMaxLength = 100_000;

/** Stores texts once by their hash and gives the hashes in order. A zero byte or too long a text is cut. */
async function storeTexts(db: Store, texts: readonly string[]): Promise<Buffer[]> {
  const cut = texts.map((text) => text.slice(0, textMaxLength).replaceAll('\0', ''));
  const hashes = cut.map((text) => createHash('sha256').update(text).digest());
  if (texts.length > 0) {
    await sql`
      insert into statement_texts (hash, text)
      select decode(hash, 'hex'), text
      from unnest(${hashes.map((hash) => hash.toString('hex'))}::text[], ${cut}::text[]) as new (hash, text)
      on conflict do nothing`.execute(db);
  }
  return hashes;
}

/** Makes statements that are new, and gives texts to those that have none. */
export async function rememberStatements(
  db: Store,
  instanceId: string,
  statements: readonly (StatementKey & { text: string | null })[],
  known: KnownStatements,
): Promise<void> {
  const wanted = statements.filter((statement) => {
    const name = statementName(statement);
    return !known.ids.has(name) || (statement.text !== null && !known.withText.has(name));
  });
  if (wanted.length === 0) return;
  const texts = wanted.map((statement) => statement.text);
  const stored = await storeTexts(
    db,
    texts.filter((text) => text !== null),
  );
  let next = 0;
  const hashes = texts.map((text) => (text === null ? null : (stored[next++]?.toString('hex') ?? null)));
  const { rows } = await sql<StatementKey & { id: number; has_text: boolean }>`
    insert into statements as old (instance_id, database, username, queryid, toplevel, text_hash)
    select distinct on (1, 2, 3, 4, 5) ${instanceId}::uuid, database, username, queryid, toplevel, decode(hash, 'hex')
    from unnest(
      ${wanted.map((one) => one.database)}::text[], ${wanted.map((one) => one.username)}::text[],
      ${wanted.map((one) => one.queryid)}::text[], ${wanted.map((one) => one.toplevel)}::bool[], ${hashes}::text[]
    ) as new (database, username, queryid, toplevel, hash)
    on conflict (instance_id, database, username, queryid, toplevel) do update
    set text_hash = coalesce(excluded.text_hash, old.text_hash),
        last_at = now()
    returning id, database, username, queryid, toplevel, text_hash is not null as has_text`.execute(db);
  for (const row of rows) {
    const name = statementName(row);
    known.ids.set(name, row.id);
    if (row.has_text) known.withText.add(name);
  }
}

/** Appends what statements did until a moment (ISO 8601), over so many seconds. All must be known. */
export async function appendStatements(
  db: Store,
  at: string,
  seconds: number,
  deltas: readonly StatementDelta[],
  known: KnownStatements,
): Promise<void> {
  const found = deltas.flatMap((delta) => {
    const id = known.ids.get(statementName(delta));
    return id === undefined ? [] : [{ id, ...delta }];
  });
  if (found.length === 0) return;
  await sql`
    insert into statement_samples (statement_id, at, seconds, calls, total_ms, rows, shared_hit, shared_read,
      temp_written, wal_bytes, lower_bound)
    select id, ${at}::timestamptz, ${seconds}::real, calls, total_ms, rows, shared_hit, shared_read, temp_written,
      wal_bytes, lower_bound
    from unnest(
      ${found.map((one) => one.id)}::bigint[], ${found.map((one) => Math.round(one.calls))}::bigint[],
      ${found.map((one) => one.totalMs)}::float8[], ${found.map((one) => Math.round(one.rows))}::bigint[],
      ${found.map((one) => Math.round(one.sharedHit))}::bigint[],
      ${found.map((one) => Math.round(one.sharedRead))}::bigint[],
      ${found.map((one) => Math.round(one.tempWritten))}::bigint[], ${found.map((one) => one.walBytes)}::float8[],
      ${found.map((one) => one.lowerBound)}::bool[]
    ) as new (id, calls, total_ms, rows, shared_hit, shared_read, temp_written, wal_bytes, lower_bound)
    on conflict do nothing`.execute(db);
}

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
  const { rows } = await sql<StatementTotals & { all_statements: number; all_calls: number; all_ms: number }>`
    with sums as (
      select m.statement_id, sum(m.calls)::float8 as calls, sum(m.total_ms) as total_ms, sum(m.rows)::float8 as rows,
        sum(m.shared_hit)::float8 as shared_hit, sum(m.shared_read)::float8 as shared_read,
        sum(m.temp_written)::float8 as temp_written, sum(m.wal_bytes) as wal_bytes,
        bool_or(m.lower_bound) as lower_bound, max(m.at) as last_at
      from statements as s
      join statement_samples as m on m.statement_id = s.id
      where s.instance_id = ${window.instanceId}
        and m.at > ${window.from}::timestamptz
        and m.at <= ${window.to}::timestamptz
        ${inDatabase}
      group by m.statement_id
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
