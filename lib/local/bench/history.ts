import type { Client } from 'pg';
import { makeDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';

const statements = 5_000;
/** Of them, those that move in one hour; in one minute; in one day. */
const [perHour, perMinute, perDay] = [2_000, 200, 3_000];
const rawHours = 24;

/**
 * What a busy server leaves in the console in so many days, besides samples: sums of 5,000 statements by hour and by
 * day and a day of readings each minute, ten-second load with its sums. Returns the rows made.
 */
export async function fillHistory(
  db: Store,
  client: Client,
  instanceId: string,
  start: Date,
  end: Date,
): Promise<{ statementRows: number; loadRows: number }> {
  for (const table of [
    'statement_samples',
    'statement_hours',
    'statement_days',
    'statement_readings',
    'load_samples',
    'load_rollups',
  ] as const)
    await makeDays(db, table, start, end);
  return {
    statementRows: await fillStatements(client, instanceId, start, end),
    loadRows: await fillLoad(client, instanceId, start, end),
  };
}

async function fillStatements(client: Client, instanceId: string, start: Date, end: Date): Promise<number> {
  const ask = (text: string, values: unknown[]) => client.query(text, values);
  await ask(
    `insert into statement_texts (hash, text)
     select decode(md5(g::text), 'hex'), 'select * from orders_' || g || ' where id = $1'
     from generate_series(1, $1::int) as g on conflict do nothing`,
    [statements],
  );
  await ask(
    `insert into statements (instance_id, database, username, queryid, toplevel, text_hash, first_at, last_at)
     select $1, 'one', 'app', (1e15 + g)::bigint::text, true, decode(md5(g::text), 'hex'), $3, $4
     from generate_series(1, $2::int) as g`,
    [instanceId, statements, start.toISOString(), end.toISOString()],
  );
  const { rows } = await ask(`select min(id)::int as first from statements where database = 'one'`, []);
  const first: number = rows[0].first;
  // Which of them move follows from the moment: always others, as in life.
  const fill = async (table: string, unit: string, seconds: number, moved: number, from: Date) => {
    const filled = await ask(
      `insert into ${table} (statement_id, at, seconds, calls, total_ms, rows, shared_hit, shared_read)
       select distinct on (id, at) $1::int + ((extract(epoch from at) / $2::int)::bigint * 31 + g * 7) % $3::int as id,
         at, $2::int, g, g * random() * 10, g, g * 5, g
       from generate_series(date_trunc('${unit}', $5::timestamptz), $6::timestamptz, make_interval(secs => $2::int)) as at,
         generate_series(1, $4::int) as g
       on conflict do nothing`,
      [first, seconds, statements, moved, from.toISOString(), end.toISOString()],
    );
    return filled.rowCount ?? 0;
  };
  const raw = new Date(end.getTime() - rawHours * 3_600_000);
  const made =
    (await fill('statement_samples', 'minute', 60, perMinute, raw)) +
    (await fill('statement_hours', 'hour', 3_600, perHour, start)) +
    (await fill('statement_days', 'day', 86_400, perDay, start));
  const floor = (seconds: number) => Math.floor(end.getTime() / 1000 / seconds) * seconds;
  for (const [key, seconds] of [
    ['statement-hours', 3_600],
    ['statement-days', 86_400],
  ] as const) {
    const value = JSON.stringify({ until: floor(seconds) });
    await ask(
      `insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
      [key, value],
    );
  }
  return made;
}

async function fillLoad(client: Client, instanceId: string, start: Date, end: Date): Promise<number> {
  await client.query(
    `insert into load_names (instance_id, dimension, value)
     select $1, dimension, dimension || ' ' || g
     from unnest(array['wait', 'query', 'username', 'database', 'application', 'host']) as dimension,
       generate_series(1, 40) as g
     on conflict do nothing`,
    [instanceId],
  );
  const names = (dimension: string, count: number) =>
    `(select array_agg(id) from (select id from load_names
        where instance_id = $1 and dimension = '${dimension}' order by md5(id::text || at::text) limit ${count}) as n)`;
  const tuples = 8;
  const fill = async (head: string, values: string, seconds: number, from: Date) => {
    const filled = await client.query(
      `insert into ${head} (instance_id, ${values === '' ? '' : 'step_seconds, '}at, taken, missed, counts, background,
         wait, query, username, database, application, host)
       select $1, ${values === '' ? '' : `${values}, `}at, ${seconds}, 0,
         (select array_agg((1 + random() * ${seconds})::int) from generate_series(1, ${tuples}) where at is not null),
         array_fill(false, array[${tuples}]),
         ${['wait', 'query', 'username', 'database', 'application', 'host'].map((name) => names(name, tuples)).join(', ')}
       from generate_series(to_timestamp(floor(extract(epoch from $2::timestamptz) / ${seconds}) * ${seconds}),
         $3::timestamptz, make_interval(secs => ${seconds})) as at
       on conflict do nothing`,
      [instanceId, from.toISOString(), end.toISOString()],
    );
    return filled.rowCount ?? 0;
  };
  return (
    (await fill('load_samples', '', 10, new Date(end.getTime() - 3 * 86_400_000))) +
    (await fill('load_rollups', '300', 300, start)) +
    (await fill('load_rollups', '3600', 3_600, start))
  );
}
