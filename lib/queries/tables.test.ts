import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { tableDetailSchema, tablesSchema } from '@/lib/contract/tables';
import { tableOfInstance } from '@/lib/queries/table-detail';
import { tablesOfInstance } from '@/lib/queries/tables';
import { checks } from '@/lib/registry/checks.gen';
import { makeDays } from '@/lib/store/day-partitions';
import { append, SeriesIds } from '@/lib/store/series';
import { makeWatchLogin, sqlOn, watchUser } from '@/lib/testing/check-kit';
import { addWatched, collectFor, type TestCollector } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

const hostile = `T'a"b <img src=x>`;
const quoted = `"T'a""b <img src=x>"`;

let console: TestConsole;
let server: TestPostgres;
let collector: TestCollector;
let ids: { clusterId: string; instanceId: string };
const list = async (query = {}) =>
  tablesSchema.parse(await tablesOfInstance(console.webDb, ids.instanceId, query));
const named = async (table: string) => (await list()).items.find((row) => row.table === table);

beforeAll(async () => {
  [console, server] = await Promise.all([testConsole(), startPostgres({ config: { autovacuum: 'off' } })]);
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    `create table ${quoted} (id int primary key, filler text)`,
    `insert into ${quoted} select g, repeat('x', 300) from generate_series(1, 20000) g`,
    'create table parts (at date) partition by range (at)',
    `create table parts_1 partition of parts for values from ('2020-01-01') to ('2021-01-01')`,
    `create table parts_2 partition of parts for values from ('2021-01-01') to ('2022-01-01')`,
    `insert into parts select date '2020-01-01' + g % 700 from generate_series(1, 5000) g`,
    `delete from ${quoted} where id % 2 = 0`,
    `vacuum (analyze, truncate false) ${quoted}`,
    'select pg_stat_force_next_flush()',
  );
  ids = await addWatched(console, server);
  const wanted = Object.entries(checks).filter(([, { feeds }]) =>
    /^(tables|indexes|databases)\./.test(feeds ?? ''),
  );
  collector = collectFor(console, { checks: Object.fromEntries(wanted), leaseSeconds: 5 });
  await until(async () => {
    const row = await named(hostile);
    return row?.bloat != null && row.vacuumAgeSeconds !== null;
  }, 'the walk');
});
afterAll(async () => {
  await collector.stop();
  await console.close();
  await server.stop();
});

test('a table is one row of all that checks know; partitions stand behind their root', async () => {
  const answer = await list();
  const row = answer.items.find(({ table }) => table === hostile);
  expect(row).toMatchObject({
    database: 'postgres',
    schema: 'public',
    kind: 'table',
    sizeMethod: 'measured',
  });
  expect(row?.bytes).toBe((row?.heapBytes ?? 0) + (row?.toastBytes ?? 0) + (row?.indexBytes ?? 0));
  expect(row?.vacuumAgeSeconds).toBeGreaterThanOrEqual(0);
  const parts = answer.items.filter(({ root }) => root?.table === 'parts');
  const root = answer.items.find(({ table }) => table === 'parts');
  expect(parts).toHaveLength(2);
  expect(root).toMatchObject({ kind: 'partitioned', partitions: 2 });
  expect(root?.bytes).toBe(parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0));
  expect(answer.acts.map(({ job }) => job)).toEqual(['vacuum-table', 'analyze-table']);
  expect(answer.measure?.job).toBe('measure-bloat');
  expect((await list({ database: 'elsewhere' })).items).toEqual([]);
  await expect(tablesOfInstance(console.webDb, newId(), {})).rejects.toThrow(/no such instance/);
});

test('bloat that cannot be read is unknown with the GRANT; once measured, that stands beside its method', async () => {
  const hidden = await named(hostile);
  expect(hidden?.bloat).toMatchObject({ bytes: null, notKnown: expect.stringContaining('cannot be read') });
  expect(hidden?.bloat?.mend).toContain(`to ${watchUser};`);

  const runId = newId();
  await sql`
    insert into plan_requests (id, kind, cluster_id, input, requested_by_name)
    values (${runId}, 'measure-bloat', ${ids.clusterId}, '{}', 'test')`.execute(console.ownerDb);
  await sql`
    insert into plans (id, kind, definition_version, cluster_id, state) values (${runId}, 'measure-bloat', 1, ${ids.clusterId}, 'ready')`.execute(
    console.ownerDb,
  );
  await sql`
    insert into runs (id, plan_id, plan_hash, kind, definition_version, cluster_id, state, idempotency_key, requested_by_name)
    values (${runId}, ${runId}, '', 'measure-bloat', 1, ${ids.clusterId}, 'succeeded', ${runId}, 'test')`.execute(
    console.ownerDb,
  );
  const measured = {
    ...{ part: 'table', schema: 'public', table: hostile, index: null, bytes: hidden?.heapBytes },
    ...{ bloatBytes: 3_000_000, bloatPercent: 49.5, method: 'pgstattuple_approx', rowsWritten: 30_000 },
  };
  await sql`
    insert into evidence (id, cluster_id, run_id, type, verdict, title, database, facts)
    values (${newId()}, ${ids.clusterId}, ${runId}, 'measured-bloat', 'info', 'm', 'postgres', ${JSON.stringify({ measured: [measured] })}::jsonb)`.execute(
    console.ownerDb,
  );
  expect((await named(hostile))?.bloat).toMatchObject({
    percent: 49.5,
    method: 'pgstattuple_approx',
    notKnown: null,
  });

  // The check judges by it too: what it could not know is known.
  const unknownOf = async () => (await named(hostile))?.verdicts.filter(({ level }) => level === 'unknown');
  expect(await unknownOf()).not.toEqual([]);
  collector.collectNow(ids.instanceId);
  await until(async () => (await unknownOf())?.length === 0, 'the measurement to count');

  // A fifth of the table written since is more drift than an estimate may have.
  await sql`update evidence set facts = jsonb_set(facts, '{measured,0,rowsWritten}', '10000')`.execute(
    console.ownerDb,
  );
  expect((await named(hostile))?.bloat).toMatchObject({ percent: null, method: 'estimate' });

  // Measured on a standby, which counts no writes: held for a day.
  await sql`update evidence set facts = jsonb_set(facts, '{measured,0,rowsWritten}', 'null')`.execute(
    console.ownerDb,
  );
  expect((await named(hostile))?.bloat).toMatchObject({ percent: 49.5 });
  await sql`update evidence set observed_at = now() - interval '25 hours'`.execute(console.ownerDb);
  expect((await named(hostile))?.bloat).toMatchObject({ percent: null, method: 'estimate' });
});

test('growth comes from stored days, and one table has its own series, indexes and partitions', async () => {
  const now = Date.now();
  const days = 5;
  await makeDays(console.workerDb, 'samples', new Date(now - days * 86_400_000), new Date(now));
  const seriesIds = new SeriesIds();
  const columns = ['heap_bytes', 'toast_bytes', 'index_bytes', 'bytes', 'live_rows', 'dead_rows'];
  for (let hour = days * 24; hour > 0; hour -= 6) {
    const size = 1e9 - hour * 1e6;
    await append(
      console.workerDb,
      ids,
      new Date(now - hour * 3_600_000).toISOString(),
      [
        {
          checkId: 'tables',
          database: 'postgres',
          key: { schema: 'public', table: 'parts_1' },
          values: Object.fromEntries(columns.map((name) => [name, size])),
          seconds: null,
        },
      ],
      seriesIds,
    );
  }
  // Today's own readings are of a small table: they would be an outlier.
  await sql`delete from samples where at > now() - interval '1 hour'`.execute(console.ownerDb);
  const grown = await named('parts_1');
  expect(grown?.growth?.perDay).toBeCloseTo(24e6, -6);
  expect(grown?.growth?.days).toBeGreaterThan(3);
  expect((await named(hostile))?.growth).toBeNull();
  expect((await named('parts'))?.growth?.perDay).toBeCloseTo(24e6, -6);

  const query = { database: 'postgres', schema: 'public', range: '7d', maxPoints: 300 };
  const root = tableDetailSchema.parse(
    await tableOfInstance(console.webDb, ids.instanceId, { ...query, table: 'parts' }),
  );
  expect(root.partitions.map(({ table }) => table).sort()).toEqual(['parts_1', 'parts_2']);
  const part = await tableOfInstance(console.webDb, ids.instanceId, { ...query, table: 'parts_1' });
  expect(part.series[0]?.series).toHaveLength(1);
  const plain = await tableOfInstance(console.webDb, ids.instanceId, { ...query, table: hostile });
  expect(plain.indexes).toMatchObject([{ index: expect.stringContaining('pkey') }]);
  await expect(
    tableOfInstance(console.webDb, ids.instanceId, { ...query, table: 'nowhere' }),
  ).rejects.toThrow(/No table public.nowhere/);
});
