import { type RawBuilder, sql } from 'kysely';
import type { QuerySort } from '@/lib/contract/queries';
import type { Store } from '@/lib/store/db';
import type { Grid } from '@/lib/store/series-read';
import {
  gridParts,
  partRows,
  type SummedColumn,
  storedParts,
  summedColumns,
  sumsOf,
} from '@/lib/store/statement-windows';

export type Sums = Record<SummedColumn, number> & {
  min_ms: number | null;
  max_ms: number | null;
  lower_bound: boolean;
};

export interface QueryRow extends Sums {
  queryid: string;
  ids: number[];
  databases: string[];
  users: string[];
  toplevel_ms: number;
  first_at: string;
  last_at: string;
  text: string | null;
}

export interface QueryListWanted {
  instanceId: string;
  /** Epoch seconds. */
  from: number;
  to: number;
  database?: string;
  user?: string;
  search?: string;
  /** Users whose statements are counted as the console's own. */
  ownUsers: readonly string[];
  withOwn: boolean;
  /** Search only in texts that hold no literals: what is hidden must not be found by guessing. */
  plainTextsOnly: boolean;
  sort: QuerySort;
  limit: number;
}

export interface QueryTotals {
  queries: number;
  calls: number;
  totalMs: number;
  allMs: number;
  ownMs: number;
}

const orders: Record<QuerySort, RawBuilder<unknown>> = {
  time: sql`total_ms + plan_ms`,
  mean: sql`(total_ms + plan_ms) / nullif(calls, 0)`,
  max: sql`max_ms`,
  calls: sql`calls`,
  rows: sql`rows`,
  blocks: sql`shared_hit + shared_read`,
  reads: sql`shared_read`,
  dirtied: sql`shared_dirtied`,
  temp: sql`temp_written`,
  wal: sql`wal_bytes`,
  io: sql`io_ms`,
  plan: sql`plan_ms`,
};

/** Sums of sums: the same columns once more. */
const again = sql.join(summedColumns.map((name) => sql`sum(${sql.ref(`sums.${name}`)}) as ${sql.ref(name)}`));

/** Queries of an instance by what they did in a window, over all users and databases that call them. */
export async function readQueries(
  db: Store,
  wanted: QueryListWanted,
): Promise<{ items: QueryRow[]; totals: QueryTotals }> {
  const parts = await storedParts(db, wanted);
  const order = orders[wanted.sort];
  const { rows } = await sql<
    QueryRow & {
      n: number;
      all_calls: number;
      filtered_ms: number;
      everything_ms: number;
      every_own_ms: number;
    }
  >`
    with part as (${partRows(parts)}),
    moved as materialized (
      select part.statement_id, ${sumsOf()}, max(part.at) as last_at
      from part
      where part.statement_id in (select id from statements where instance_id = ${wanted.instanceId})
      group by part.statement_id
    ),
    sums as materialized (
      select moved.*, s.queryid, s.database, s.username, s.toplevel, s.first_at, s.text_hash,
        s.username = any (${wanted.ownUsers}::text[]) as is_own
      from moved
      join statements as s on s.id = moved.statement_id
    ),
    everything as (
      select coalesce(sum(total_ms + plan_ms) filter (where toplevel), 0) as ms,
        coalesce(sum(total_ms + plan_ms) filter (where toplevel and is_own), 0) as own_ms
      from sums
    ),
    named as (
      select queryid, array_agg(statement_id) as ids, ${again}, min(min_ms) as min_ms, max(max_ms) as max_ms,
        bool_or(lower_bound) as lower_bound, min(first_at) as first_at, max(last_at) as last_at,
        coalesce(sum(total_ms + plan_ms) filter (where toplevel), 0) as toplevel_ms
      from sums
      where ${conditionsOf(wanted)}
      group by queryid
    ),
    ranked as (
      select named.*, count(*) over ()::int4 as n, sum(calls) over () as all_calls,
        sum(toplevel_ms) over () as filtered_ms
      from named
      where ${searchOf(wanted)}
      order by ${order} desc nulls last, queryid
      limit ${wanted.limit}
    )
    select ranked.*, callers.databases, callers.users, left(t.text, 2000) as text,
      everything.ms as everything_ms, everything.own_ms as every_own_ms
    from ranked
    cross join everything
    cross join lateral (
      select array_agg(distinct database) as databases, array_agg(distinct username) as users,
        (array_agg(text_hash) filter (where text_hash is not null))[1] as text_hash
      from statements
      where id = any (ranked.ids)
    ) as callers
    left join statement_texts as t on t.hash = callers.text_hash
    order by ${order} desc nulls last, queryid`.execute(db);
  const first = rows[0];
  return {
    items: rows,
    totals: {
      queries: first?.n ?? 0,
      calls: first?.all_calls ?? 0,
      totalMs: first?.filtered_ms ?? 0,
      allMs: first?.everything_ms ?? 0,
      ownMs: first?.every_own_ms ?? 0,
    },
  };
}

function conditionsOf(wanted: QueryListWanted): RawBuilder<unknown> {
  const conditions = [sql`true`];
  if (!wanted.withOwn) conditions.push(sql`not is_own`);
  if (wanted.database !== undefined) conditions.push(sql`database = ${wanted.database}`);
  if (wanted.user !== undefined) conditions.push(sql`username = ${wanted.user}`);
  return sql.join(conditions, sql` and `);
}

function searchOf({ search, plainTextsOnly }: QueryListWanted): RawBuilder<unknown> {
  if (search === undefined) return sql`true`;
  const pattern = `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const plain = plainTextsOnly ? sql`and t.text !~ ${`'|--|/\\*`}` : sql``;
  return sql`(named.queryid = ${search.trim()} or exists (
    select
    from statements as s
    join statement_texts as t on t.hash = s.text_hash
    where s.id = any (named.ids)
      and t.text ilike ${pattern} ${plain}
  ))`;
}

/** What the same queries did in another window. */
export async function readQueriesAgain(
  db: Store,
  wanted: { from: number; to: number; ids: readonly number[] },
): Promise<Map<string, Sums>> {
  if (wanted.ids.length === 0) return new Map();
  const parts = await storedParts(db, wanted);
  const { rows } = await sql<Sums & { queryid: string }>`
    with part as (${partRows(parts, wanted.ids)})
    select s.queryid, ${sumsOf()}
    from part
    join statements as s on s.id = part.statement_id
    group by s.queryid`.execute(db);
  return new Map(rows.map((row) => [row.queryid, row]));
}

/** Time of queries by bucket of a grid, ms; a bucket without any is not there. */
export async function readQuerySparks(
  db: Store,
  ids: readonly number[],
  grid: Grid,
): Promise<Map<string, Map<number, number>>> {
  const sparks = new Map<string, Map<number, number>>();
  if (ids.length === 0) return sparks;
  const parts = await gridParts(db, grid);
  const { rows } = await sql<{ queryid: string; bucket: number; ms: number }>`
    with part as (${partRows(parts, ids)})
    select s.queryid,
      floor((date_part('epoch', part.at) - ${grid.start}::float8) / ${grid.stepSeconds}::float8)::int4 as bucket,
      sum(part.total_ms + coalesce(part.plan_ms, 0))::float8 as ms
    from part
    join statements as s on s.id = part.statement_id
    group by 1, 2`.execute(db);
  for (const { queryid, bucket, ms } of rows) {
    const spark = sparks.get(queryid) ?? new Map<number, number>();
    sparks.set(queryid, spark.set(bucket, ms));
  }
  return sparks;
}

/** Databases and users that statements of an instance were seen of lately: what a filter may offer. */
export async function readQueryFilters(
  db: Store,
  instanceId: string,
): Promise<{ databases: string[]; users: string[] }> {
  const { rows } = await sql<{ databases: string[] | null; users: string[] | null }>`
    select array_agg(distinct database) as databases, array_agg(distinct username) as users
    from statements
    where instance_id = ${instanceId}`.execute(db);
  return { databases: rows[0]?.databases ?? [], users: rows[0]?.users ?? [] };
}
