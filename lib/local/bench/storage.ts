import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { round } from '@/lib/local/bench/figures';
import { makeWatchLogin, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

const tables = 40;
const shapes = 125;
const movedPerMinute = 200;
const minutes = 5;
/** As many as one reading fetches. */
const textsPerReading = 400;

export interface StorageFigures {
  statements: number;
  movedPerMinute: number;
  /** Of one instance: measured over some minutes of service, the first round apart, and told for a day. */
  rowsPerDay: number;
  megabytesPerDay: number;
  /** The tables that grow most. */
  growth: Record<string, { rowsPerDay: number; megabytesPerDay: number }>;
  /** What a reading of all 5,000 statements each minute would add in rows, for comparison. */
  rowsPerDayIfAllWereStored: number;
}

interface TableSize {
  table: string;
  rows: number;
  bytes: number;
}

/** What the console stores of one instance and day with 5,000 distinct statements of which 200 move each minute. */
export async function measureStorage(progress: (text: string) => void): Promise<StorageFigures> {
  const console = await testConsole();
  const server = await startPostgres({
    config: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.max': 10_000 },
  });
  try {
    await makeWatchLogin(server);
    progress('5,000 statements');
    const statements = await prepare(server);
    const { instanceId } = await addWatched(console, server);
    const collector = collectFor(console, { tickMs: 10_000, leaseSeconds: 60 });
    await until(() => collector.collectNow(instanceId), 'the collector holds the instance', 30_000);
    // The first reading is what later ones are compared with: nothing has moved yet.
    const isRead = async () =>
      (await console.ownerDb.selectFrom('check_results').select('check_id').execute()).some(
        (row) => row.check_id === 'statements',
      );
    await until(isRead, 'the first round', 120_000);
    progress('each of them moves once: its text is stored for good');
    const client = new Client({ connectionString: server.superuserUrl });
    await client.connect();
    for (let from = 0; from < statements; from += textsPerReading) {
      const upTo = Math.min(statements, from + textsPerReading);
      for (let one = from; one < upTo; one += 1) await client.query(statement(one));
      collector.collectNow(instanceId);
      await until(async () => (await textsStored(console)) >= upTo, `${upTo} texts are stored`, 120_000);
    }
    const before = await sizes(console);
    progress(`${minutes} minutes of service`);
    for (let minute = 0; minute < minutes; minute += 1) {
      const next = Date.now() + 60_000;
      for (let one = 0; one < movedPerMinute; one += 1) {
        await client.query(statement((minute * movedPerMinute + one * 7) % (tables * shapes)));
      }
      await setTimeout(next - Date.now());
    }
    await client.end();
    await collector.stop();
    const after = await sizes(console);
    const perDay = 1440 / minutes;
    const growth = after
      .map(({ table, rows, bytes }) => {
        const start = before.find((each) => each.table === table);
        const rowsPerDay = (rows - (start?.rows ?? 0)) * perDay;
        // By the room of a row with its share of the indexes: in minutes a table grows by a page or by none.
        return { table, rowsPerDay, megabytesPerDay: (rowsPerDay * bytes) / rows / 1e6 };
      })
      .filter(({ rowsPerDay }) => rowsPerDay > 0)
      .sort((a, b) => b.megabytesPerDay - a.megabytesPerDay);
    const sum = (pick: (row: (typeof growth)[number]) => number) =>
      round(growth.reduce((total, row) => total + pick(row), 0));
    return {
      statements,
      movedPerMinute,
      rowsPerDay: sum((row) => row.rowsPerDay),
      megabytesPerDay: sum((row) => row.megabytesPerDay),
      growth: Object.fromEntries(
        growth
          .slice(0, 12)
          .map(({ table, rowsPerDay, megabytesPerDay }) => [
            table,
            { rowsPerDay: round(rowsPerDay), megabytesPerDay: round(megabytesPerDay) },
          ]),
      ),
      rowsPerDayIfAllWereStored: statements * 1440,
    };
  } finally {
    await server.stop();
    await console.close();
  }
}

async function textsStored(console: TestConsole): Promise<number> {
  const { count } = await console.ownerDb
    .selectFrom('statement_texts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The n-th of all statements: each of another shape, so that each has an id of its own. */
function statement(n: number): string {
  const table = n % tables;
  return `select ${Array.from({ length: Math.floor(n / tables) + 1 }, () => 'a').join(' + ')} from t${table}`;
}

async function prepare(server: TestPostgres): Promise<number> {
  await sqlOn(server, 'postgres', 'create extension pg_stat_statements');
  const all = Array.from({ length: tables * shapes }, (_, n) => statement(n));
  await sqlOn(
    server,
    'postgres',
    ...Array.from({ length: tables }, (_, t) => `create table t${t} (a int)`),
    ...all,
  );
  return all.length;
}

/**
 * Rows, and bytes with indexes and TOAST, of each table of the console; partitions count for their parent. Rewritten
 * first, so that what updates leave for vacuum to use again does not pass as growth.
 */
async function sizes(console: TestConsole): Promise<TableSize[]> {
  const { server, ownerUrl } = console.database;
  const name = decodeURIComponent(new URL(ownerUrl).pathname.slice(1));
  const client = new Client({ connectionString: server.url(name, server.superuser, server.password) });
  await client.connect();
  try {
    await client.query('vacuum full');
    const { rows } = await client.query<TableSize>(
      `with counted as (
         select regexp_replace(relname, '_\\d{8}$', '') as table, pg_total_relation_size(oid) as bytes,
           (xpath('/row/n/text()',
             query_to_xml(format('select count(*) as n from public.%I', relname), false, true, '')))[1]::text::float8
             as rows
         from pg_class
         where relnamespace = 'public'::regnamespace
           and relkind = 'r'
       )
       select "table", sum(rows) as rows, sum(bytes)::float8 as bytes
       from counted
       where rows > 0
       group by 1`,
    );
    return rows;
  } finally {
    await client.end();
  }
}
