import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { forgetLoadNames } from '@/lib/store/load-names';

/** Coarser sums of the load, each made from the one before it. */
export const loadSteps = [300, 3600] as const;

/** More kinds of sessions than this in one bucket are summed by their wait alone. */
const tuplesAtMost = 150;
const settleSeconds = 60;
/** A console that was down catches up with this much, oldest first. */
const catchUpSeconds = 2 * 86_400;

/** Sums up the buckets that are complete and not summed yet. @returns how many were made. */
export async function rollUpLoad(db: Store, now: Date = new Date()): Promise<number> {
  let made = 0;
  for (const step of loadSteps) made += await rollUp(db, step, now);
  await forgetLoadNames(db);
  return made;
}

async function rollUp(db: Store, step: number, now: Date): Promise<number> {
  const fine = step === loadSteps[0];
  const source = fine ? sql`load_samples` : sql`load_rollups`;
  const ofStep = fine ? sql`` : sql`and source.step_seconds = ${loadSteps[0]}::int`;
  const until = new Date(
    Math.floor((now.getTime() / 1000 - settleSeconds) / step) * step * 1000,
  ).toISOString();
  const from = new Date(Date.parse(until) - catchUpSeconds * 1000).toISOString();
  const { rows } = await sql<{ made: number }>`
    with picked as materialized (
      select source.instance_id, to_timestamp(floor(extract(epoch from source.at) / ${step}::int) * ${step}::int) as bin,
        source.taken, source.missed, source.counts, source.background, source.wait, source.query, source.username,
        source.database, source.application, source.host
      from ${source} as source
      where source.at >= ${from}::timestamptz
        and source.at < ${until}::timestamptz
        ${ofStep}
        and not exists (
          select from load_rollups as done
          where done.instance_id = source.instance_id
            and done.step_seconds = ${step}::int
            and done.at = to_timestamp(floor(extract(epoch from source.at) / ${step}::int) * ${step}::int)
        )
    ),
    bins as (
      select instance_id, bin, sum(taken)::int as taken, sum(missed)::int as missed
      from picked
      group by 1, 2
    ),
    tuples as (
      select p.instance_id, p.bin, t.background, t.wait, t.query, t.username, t.database, t.application, t.host,
        sum(t.n)::int as n,
        row_number() over (partition by p.instance_id, p.bin order by sum(t.n) desc) as place
      from picked as p
      cross join unnest(p.counts, p.background, p.wait, p.query, p.username, p.database, p.application, p.host)
        as t (n, background, wait, query, username, database, application, host)
      group by p.instance_id, p.bin, t.background, t.wait, t.query, t.username, t.database, t.application, t.host
    ),
    limited as (
      select instance_id, bin, background, wait,
        case when place <= ${tuplesAtMost}::int then query else 0 end as query,
        case when place <= ${tuplesAtMost}::int then username else 0 end as username,
        case when place <= ${tuplesAtMost}::int then database else 0 end as database,
        case when place <= ${tuplesAtMost}::int then application else 0 end as application,
        case when place <= ${tuplesAtMost}::int then host else 0 end as host,
        sum(n)::int as n
      from tuples
      group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ),
    made as (
      insert into load_rollups (instance_id, step_seconds, at, taken, missed, counts, background, wait, query, username,
        database, application, host)
      select b.instance_id, ${step}::int, b.bin, b.taken, b.missed,
        coalesce(array_agg(l.n) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.background) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.wait) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.query) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.username) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.database) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.application) filter (where l.n is not null), '{}'),
        coalesce(array_agg(l.host) filter (where l.n is not null), '{}')
      from bins as b
      left join limited as l on l.instance_id = b.instance_id and l.bin = b.bin
      group by b.instance_id, b.bin, b.taken, b.missed
      on conflict do nothing
      returning 1
    )
    select count(*)::int as made from made`.execute(db);
  return rows[0]?.made ?? 0;
}
