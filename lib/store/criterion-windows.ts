import { type RawBuilder, sql } from 'kysely';
import type { CriterionContext } from '@/lib/engine/define-criterion';
import type { Store } from '@/lib/store/db';

/** One cluster as a criterion asks about it. */
export interface ClusterReader {
  db: Store;
  clusterId: string;
  /** Active instances: what stands now is read of them only. */
  instanceIds: string[];
  now: Date;
}

/** The place of a named column in a sample, as SQL; null where the series does not keep it. */
function valueIn(column: string) {
  return sql<number | null>`m.values[array_position(s.columns, ${column})]`;
}

const iso = (expression: RawBuilder<unknown>) =>
  sql<string>`to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Sums of counter columns over a window, over all instances and keys of the cluster, removed instances included: the
 * history is the cluster's.
 */
export async function readSums(
  { db, clusterId, now }: ClusterReader,
  check: string,
  columns: readonly string[],
  windowSeconds: number,
): ReturnType<CriterionContext['sums']> {
  const sums = columns.map(
    (column, index) => sql`sum(${valueIn(column)})::float8 as ${sql.id(`sum_${index}`)}`,
  );
  const { rows } = await sql<Record<string, number | string | null>>`
    select
      ${sql.join(sums)},
      sum(m.seconds)::float8 as seconds,
      ${iso(sql`min(m.at)`)} as first_at,
      ${iso(sql`max(m.at)`)} as last_at
    from series s
    join samples m on m.series_id = s.id
    where s.cluster_id = ${clusterId}
      and s.check_id = ${check}
      and m.at > ${now.toISOString()}::timestamptz - make_interval(secs => ${windowSeconds})
      and m.at <= ${now.toISOString()}::timestamptz
    group by s.id`.execute(db);
  if (rows.length === 0) return undefined;
  const texts = (name: string) => rows.map((row) => String(row[name])).sort();
  const total = (name: string) => rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  // Each reading says the seconds that it covers; the series that was read longest stands for the check.
  const longest = Math.max(...rows.map((row) => Number(row.seconds ?? 0)));
  return {
    sums: Object.fromEntries(columns.map((column, index) => [column, total(`sum_${index}`)])),
    from: texts('first_at')[0] as string,
    to: texts('last_at').at(-1) as string,
    coverage: Math.min(1, longest / windowSeconds),
  };
}

/** The highest percentile of any series of an active instance over a window. */
export async function readPercentile(
  { db, clusterId, now, instanceIds }: ClusterReader,
  check: string,
  column: string | { of: readonly string[]; over: readonly string[] },
  windowSeconds: number,
  fraction: number,
): ReturnType<CriterionContext['percentile']> {
  if (instanceIds.length === 0) return undefined;
  const plus = (names: readonly string[]) =>
    sql.join(
      names.map((name) => sql`coalesce(${valueIn(name)}, 0)`),
      sql` + `,
    );
  const measure =
    typeof column === 'string'
      ? valueIn(column)
      : sql<number>`100.0 * (${plus(column.of)}) / nullif(${plus(column.over)}, 0)`;
  const { rows } = await sql<{
    value: number;
    instance_id: string;
    from: string;
    to: string;
    samples: number;
  }>`
    select
      s.instance_id::text as instance_id,
      (percentile_disc(${fraction}) within group (order by ${measure}))::float8 as value,
      ${iso(sql`min(m.at)`)} as "from",
      ${iso(sql`max(m.at)`)} as "to",
      count(${measure})::int4 as samples
    from series s
    join samples m on m.series_id = s.id
    where s.cluster_id = ${clusterId}
      and s.check_id = ${check}
      and s.instance_id = any(${instanceIds}::uuid[])
      and m.at > ${now.toISOString()}::timestamptz - make_interval(secs => ${windowSeconds})
      and m.at <= ${now.toISOString()}::timestamptz
    group by s.instance_id, s.id
    having count(${measure}) > 0
    order by value desc
    limit 1`.execute(db);
  const worst = rows[0];
  if (!worst) return undefined;
  return {
    value: worst.value,
    instanceId: worst.instance_id,
    from: worst.from,
    to: worst.to,
    samples: worst.samples,
  };
}
