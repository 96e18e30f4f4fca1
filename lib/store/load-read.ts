import { type RawBuilder, sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { loadBucketSeconds } from '@/lib/store/load';
import { type LoadDimension, loadDimensions, otherName } from '@/lib/store/load-names';
import { loadSteps } from '@/lib/store/load-rollups';

export interface LoadWindow {
  instanceId: string;
  /** Epoch seconds. */
  from: number;
  to: number;
  background: boolean;
  by: LoadDimension;
  /** Only sessions that had these names. */
  filters: Partial<Record<LoadDimension, string>>;
  maxPoints: number;
  /** Slices that are drawn; the rest is `(other)`. */
  lines: number;
  /** Slices that are listed of each dimension. */
  tops: number;
}

export interface LoadSlice {
  value: string;
  /** How often sessions of it were seen. */
  count: number;
}

export interface StoredLoad {
  start: number;
  stepSeconds: number;
  points: number;
  /** Samples taken, by bucket. */
  taken: number[];
  missed: number;
  lines: (LoadSlice & { counts: number[] })[];
  tops: Record<LoadDimension, LoadSlice[]>;
  total: number;
}

const hourSeconds = 3600;

/** How long the rows are that a window is read from, in seconds: nobody waits for a month of ten-second rows. */
function sourceStep(from: number, to: number): number {
  if (to - from <= 3 * hourSeconds) return loadBucketSeconds;
  return to - from <= 36 * hourSeconds ? loadSteps[0] : loadSteps[1];
}

const columns = sql`at, taken, missed, counts, background, wait, query, username, database, application, host`;

/** Rows of one length and, where they end, shorter ones: what is not summed up yet is not left out. */
function rowsOf(
  instanceId: string,
  fine: number,
  from: RawBuilder<unknown>,
  to: string,
): RawBuilder<unknown> {
  if (fine === loadBucketSeconds) {
    return sql`
      select ${columns} from load_samples
      where instance_id = ${instanceId} and at >= ${from} and at < ${to}::timestamptz`;
  }
  const end = sql`(
    select greatest(${from}, max(at) + make_interval(secs => ${fine}::int)) from load_rollups
    where instance_id = ${instanceId} and step_seconds = ${fine}::int and at < ${to}::timestamptz)`;
  const shorter = fine === loadSteps[1] ? loadSteps[0] : loadBucketSeconds;
  return sql`
    select ${columns} from load_rollups
    where instance_id = ${instanceId} and step_seconds = ${fine}::int and at >= ${from} and at < ${to}::timestamptz
    union all (${rowsOf(instanceId, shorter, end, to)})`;
}

function columnOf(dimension: LoadDimension): RawBuilder<unknown> {
  return sql.ref(dimension);
}

/** The load of a window by buckets: what was seen how often, and how many samples that is out of. */
export async function readLoad(db: Store, window: LoadWindow): Promise<StoredLoad> {
  const { instanceId, by, filters } = window;
  const fine = sourceStep(window.from, window.to);
  const step = Math.max(1, Math.ceil((window.to - window.from) / window.maxPoints / fine)) * fine;
  const start = Math.floor(window.from / step) * step;
  const points = Math.max(1, Math.ceil((window.to - start) / step));
  const from = new Date(start * 1000).toISOString();
  const to = new Date(window.to * 1000).toISOString();
  const rows = sql`
    select *, floor((extract(epoch from at) - ${start}::float8) / ${step}::int)::int as bucket
    from (${rowsOf(instanceId, fine, sql`${from}::timestamptz`, to)}) as source`;
  const wanted = await filterIds(db, instanceId, filters);
  const tuples = sql`
    select r.bucket, t.*
    from rows as r
    cross join unnest(r.counts, r.background, r.wait, r.query, r.username, r.database, r.application, r.host)
      as t (n, background, wait, query, username, database, application, host)
    where t.background = ${window.background}
      ${sql.join(
        wanted.map(([dimension, id]) => sql`and t.${columnOf(dimension)} = ${id}::int`),
        sql` `,
      )}`;
  const [sampled, sliced, tops] = await Promise.all([
    sql<{ bucket: number; taken: number; missed: number }>`
      with rows as materialized (${rows})
      select bucket, sum(taken)::int as taken, sum(missed)::int as missed from rows group by bucket`.execute(
      db,
    ),
    sql<{ bucket: number; id: number; n: number }>`
      with rows as materialized (${rows}),
      sums as materialized (
        select bucket, ${columnOf(by)} as id, sum(n)::float8 as n from (${tuples}) as tuples group by 1, 2
      ),
      largest as (
        select id from sums where id <> ${otherName}::int group by id order by sum(n) desc, id limit ${window.lines}::int
      )
      select bucket, case when id in (select id from largest) then id else ${otherName}::int end as id, sum(n)::float8 as n
      from sums
      group by 1, 2`.execute(db),
    sql<{ dimension: number; id: number; n: number }>`
      with rows as materialized (${rows}),
      sums as (
        select grouping(wait, query, username, database, application, host) as dimension,
          coalesce(wait, query, username, database, application, host) as id, sum(n)::float8 as n
        from (${tuples}) as tuples
        group by grouping sets ((wait), (query), (username), (database), (application), (host))
      ),
      ranked as (
        select *, row_number() over (partition by dimension order by n desc, id) as place from sums
      )
      select dimension, id, n from ranked where place <= ${window.tops}::int order by n desc`.execute(db),
  ]);
  const names = await namesOf(
    db,
    [...sliced.rows, ...tops.rows].map(({ id }) => id),
  );
  const taken = Array.from({ length: points }, () => 0);
  for (const row of sampled.rows) taken[row.bucket] = row.taken;
  return {
    start,
    stepSeconds: step,
    points,
    taken,
    missed: sampled.rows.reduce((sum, row) => sum + row.missed, 0),
    lines: linesOf(sliced.rows, names, points),
    tops: topsOf(tops.rows, names),
    total: sliced.rows.reduce((sum, row) => sum + row.n, 0),
  };
}

/** A name that was never seen filters everything out. */
async function filterIds(
  db: Store,
  instanceId: string,
  filters: LoadWindow['filters'],
): Promise<[LoadDimension, number][]> {
  const entries = Object.entries(filters) as [LoadDimension, string][];
  return Promise.all(
    entries.map(async ([dimension, value]): Promise<[LoadDimension, number]> => {
      if (value === otherWord) return [dimension, otherName];
      const { rows } = await sql<{ id: number }>`
        select id from load_names
        where instance_id = ${instanceId} and dimension = ${dimension} and value = ${value}`.execute(db);
      return [dimension, rows[0]?.id ?? -1];
    }),
  );
}

const otherWord = '(other)';

async function namesOf(db: Store, ids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await sql<{ id: number; value: string }>`
    select id, value from load_names where id = any (${[...new Set(ids)]}::int[])`.execute(db);
  return new Map(rows.map(({ id, value }) => [id, value]));
}

function linesOf(
  rows: readonly { bucket: number; id: number; n: number }[],
  names: ReadonlyMap<number, string>,
  points: number,
): StoredLoad['lines'] {
  const byValue = new Map<string, StoredLoad['lines'][number]>();
  for (const { bucket, id, n } of rows) {
    const value = names.get(id) ?? otherWord;
    const line = byValue.get(value) ?? { value, count: 0, counts: Array.from({ length: points }, () => 0) };
    line.counts[bucket] = (line.counts[bucket] ?? 0) + n;
    line.count += n;
    byValue.set(value, line);
  }
  // What is not named stands last, however large.
  return [...byValue.values()].sort(
    (left, right) =>
      Number(left.value === otherWord) - Number(right.value === otherWord) || right.count - left.count,
  );
}

function topsOf(
  rows: readonly { dimension: number; id: number; n: number }[],
  names: ReadonlyMap<number, string>,
): StoredLoad['tops'] {
  const tops = Object.fromEntries(
    loadDimensions.map((name) => [name, [] as LoadSlice[]]),
  ) as StoredLoad['tops'];
  const all = 2 ** loadDimensions.length - 1;
  loadDimensions.forEach((dimension, place) => {
    // GROUPING gives a bit per column, the first one highest, set where it is not grouped by.
    const mask = all - 2 ** (loadDimensions.length - 1 - place);
    for (const row of rows) {
      if (row.dimension === mask)
        tops[dimension].push({ value: names.get(row.id) ?? otherWord, count: row.n });
    }
  });
  return tops;
}

/** Texts of queries by their id, as pg_stat_statements has them: without constants, but for utility statements. */
export async function queryTexts(
  db: Store,
  instanceId: string,
  queryIds: readonly string[],
): Promise<Map<string, string>> {
  if (queryIds.length === 0) return new Map();
  const { rows } = await sql<{ queryid: string; text: string }>`
    select distinct on (s.queryid) s.queryid, left(t.text, 2000) as text
    from statements as s
    join statement_texts as t on t.hash = s.text_hash
    where s.instance_id = ${instanceId}
      and s.queryid = any (${[...new Set(queryIds)]}::text[])
    order by s.queryid, s.last_at desc`.execute(db);
  return new Map(rows.map(({ queryid, text }) => [queryid, text]));
}
