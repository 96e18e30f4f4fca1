import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { Sums } from '@/lib/store/query-list';
import type { Grid } from '@/lib/store/series-read';
import { gridParts, partRows, storedParts, sumsOf } from '@/lib/store/statement-windows';

export interface KnownQuery {
  ids: number[];
  text: string | null;
  firstAt: string;
  lastAt: string;
}

/** All statements of one query id on an instance; undefined when it was never seen. */
export async function findQuery(
  db: Store,
  instanceId: string,
  queryid: string,
): Promise<KnownQuery | undefined> {
  const { rows } = await sql<KnownQuery>`
    select array_agg(s.id) as ids, min(t.text) as text, min(s.first_at) as "firstAt",
      coalesce(
        (select max(at) from statement_samples where statement_id = any (array_agg(s.id))),
        max(s.last_at)
      ) as "lastAt"
    from statements as s
    left join statement_texts as t on t.hash = s.text_hash
    where s.instance_id = ${instanceId}
      and s.queryid = ${queryid}
    having count(*) > 0`.execute(db);
  return rows[0];
}

export interface CallerRow extends Sums {
  database: string;
  username: string;
  toplevel: boolean;
}

/** What a query did in a window (epoch seconds) by database, user, and whether it was called from within another. */
export async function readCallers(
  db: Store,
  ids: readonly number[],
  window: { from: number; to: number },
): Promise<CallerRow[]> {
  const parts = await storedParts(db, window);
  const { rows } = await sql<CallerRow>`
    with part as (${partRows(parts, ids)})
    select s.database, s.username, s.toplevel, ${sumsOf()}
    from part
    join statements as s on s.id = part.statement_id
    group by s.id
    order by sum(part.total_ms) desc, s.id
    limit 200`.execute(db);
  return rows;
}

/** Time of all top-level statements of an instance in a window, ms: what a share is a share of. */
export async function readAllMs(
  db: Store,
  instanceId: string,
  window: { from: number; to: number },
): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select coalesce(sum(accounted_ms), 0)::float8 as ms
    from statement_readings
    where instance_id = ${instanceId}
      and at >= to_timestamp(${window.from}::float8)
      and at < to_timestamp(${window.to}::float8)`.execute(db);
  return rows[0]?.ms ?? 0;
}

/** A query's sums by bucket of a grid; a bucket without any is not there. */
export async function readQueryBuckets(
  db: Store,
  ids: readonly number[],
  grid: Grid,
): Promise<Map<number, Sums>> {
  const parts = await gridParts(db, grid);
  const { rows } = await sql<Sums & { bucket: number }>`
    with part as (${partRows(parts, ids)})
    select floor((date_part('epoch', part.at) - ${grid.start}::float8) / ${grid.stepSeconds}::float8)::int4 as bucket,
      ${sumsOf()}
    from part
    group by 1`.execute(db);
  return new Map(rows.map((row) => [row.bucket, row]));
}
