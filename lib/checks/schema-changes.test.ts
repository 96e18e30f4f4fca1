import { afterAll, beforeAll, expect, test } from 'vitest';
import check from '@/lib/checks/schema-changes';
import type { AnyCheck } from '@/lib/engine/define-check';
import { relationFiles } from '@/lib/store/relation-files';
import { makeWatchLogin, openSession, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let console: TestConsole;
let server: TestPostgres;
const often: Record<string, AnyCheck> = {
  'schema-changes': { ...(check as unknown as AnyCheck), everySeconds: 0.1 },
};

beforeAll(async () => {
  [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
});
afterAll(async () => {
  await console.close();
  await server.stop();
});

const changesOf = (clusterId: string) =>
  console.webDb.selectFrom('changes').selectAll().where('cluster_id', '=', clusterId).orderBy('id').execute();

/** Waits for so many new changes and gives their sentences, sorted. */
async function told(clusterId: string, after: number, count: number): Promise<string[]> {
  await until(async () => (await changesOf(clusterId)).length >= after + count, `${count} changes`);
  return (await changesOf(clusterId))
    .slice(after)
    .map(({ sentence }) => sentence)
    .sort();
}

test('relations, columns, indexes and extensions that come, go or change are told once, with any name', async () => {
  const hostile = `<img src=x>"'; drop table x;`;
  const quoted = `"${hostile.replaceAll('"', '""')}"`;
  await sqlOn(
    server,
    'postgres',
    'create table orders (id int primary key, note text)',
    'create index orders_note on orders (note)',
  );
  const { clusterId } = await addWatched(console, server);
  const first = collectFor(console, { checks: often });
  const stored = () => console.workerDb.selectFrom('schema_relations').selectAll().execute();
  await until(async () => (await stored()).length === 3, 'the first look');
  expect(await changesOf(clusterId)).toEqual([]);

  // At once, as migrations do it: a look between two of them would tell of one table twice.
  await sqlOn(
    server,
    'postgres',
    'begin',
    `create table ${quoted} (${quoted} serial primary key)`,
    'alter table orders add column total numeric(10,2) not null default 0',
    'alter table orders alter column id type bigint',
    'alter index orders_note rename to orders_notes',
    'create extension pgcrypto',
    'create temp table passing (n int)',
    'commit',
  );
  const sentences = await told(clusterId, 0, 4);
  expect(sentences).toEqual([
    expect.stringMatching(/^Extension pgcrypto [\d.]+ was installed\.$/),
    'Index public.orders_notes was altered: renamed from public.orders_note.',
    `Table public.${hostile} was created.`,
    'Table public.orders was altered: column id is bigint now (before: integer); column total numeric(10,2) added.',
  ]);
  const rows = await changesOf(clusterId);
  expect(rows[0]).toMatchObject({ instance_id: null, database: 'postgres', since: expect.any(String) });

  // What is only written anew is no change; what was made while nobody looked is told afterwards.
  await first.stop();
  const session = await openSession(server);
  await session.query('reindex index concurrently public.orders_notes');
  await session.query('vacuum full public.orders');
  await session.query('truncate public.orders');
  await session.query('analyze public.orders');
  await session.query(`drop table public.${quoted}`);
  await session.query('create table public.events (at date) partition by range (at)');
  for (const day of [1, 2, 3]) {
    await session.query(
      `create table public.events_${day} partition of public.events for values from ('2026-01-0${day}') to ('2026-01-0${day + 1}')`,
    );
  }
  await session.query('create view public.latest as select id from public.orders');
  const second = collectFor(console, { checks: often });
  expect(await told(clusterId, 4, 4)).toEqual([
    '3 partitions of public.events were created: public.events_1 to public.events_3.',
    'Partitioned table public.events was created.',
    `Table public.${hostile} was dropped.`,
    'View public.latest was created.',
  ]);
  await session.query('create or replace view public.latest as select id from public.orders where id > 5');
  await session.query('drop extension pgcrypto');
  expect(await told(clusterId, 8, 2)).toEqual([
    expect.stringMatching(/^Extension pgcrypto [\d.]+ was dropped\.$/),
    'View public.latest was altered: its definition.',
  ]);
  await session.query('create unique index concurrently orders_total on public.orders (total) where id > 5');
  expect(await told(clusterId, 10, 1)).toEqual([
    'Index public.orders_total on public.orders (total) was created.',
  ]);
  await session.close();
  await second.stop();
});

test('the files of a table are kept: one that is emptied has another, one that is dropped ends', async () => {
  const session = await openSession(server);
  await session.query('create table public.counted (id int)');
  const { id: clusterId } = await console.webDb.selectFrom('clusters').select('id').executeTakeFirstOrThrow();
  const collecting = collectFor(console, { checks: often });
  const files = async () =>
    (await relationFiles(console.webDb, clusterId, 'postgres')).filter(
      ({ table }) => table === 'public.counted',
    );
  const filenode = async () => {
    const [row] = await session.query(`select pg_relation_filenode('public.counted')::text as file`);
    return String(row?.file);
  };
  const made = await filenode();
  await until(async () => (await files()).length === 1, 'the first file');
  await session.query('truncate public.counted');
  const emptied = await filenode();
  await until(async () => (await files()).length === 2, 'the second file');
  await session.query('drop table public.counted');
  await until(async () => (await files()).every(({ seenUntil }) => seenUntil !== null), 'its end');
  const [last, first] = await files();
  expect([first?.filenode, last?.filenode]).toEqual([made, emptied]);
  expect(first?.oid).toBe(last?.oid);
  expect(first?.seenUntil).toBe(last?.seenFrom);
  await collecting.stop();
  await session.close();
});
