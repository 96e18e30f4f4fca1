import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchUser, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const dayMs = 86_400_000;
const day = (offset: number) => new Date(Date.now() + offset * dayMs).toISOString().slice(0, 10);
const part = (name: string, from: number, to: number) =>
  `create table ${name} partition of logs for values from ('${day(from)}') to ('${day(to)}')`;

test('partitions: silent with room ahead, then the last one ends, then the next is there', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table logs (at date, text text) partition by range (at)',
    'create table logs_default partition of logs default',
    part('p1', -2, 0),
    part('p2', 0, 2),
    part('p3', 2, 6),
  );
  const watcher = await watchWith('partitions', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]).toMatchObject({ table: 'logs', partitions: 4, default_rows: 0 });

  await sqlOn(server, 'postgres', 'drop table p3');
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'warn', sentence: expect.stringContaining(`public.logs in postgres end at ${day(2)}`) },
  ]);
  await sqlOn(server, 'postgres', 'drop table p2');
  expect((await watcher.run()).findings).toMatchObject([{ level: 'crit' }]);
  await sqlOn(server, 'postgres', part('p2', 0, 2), part('p3', 2, 4));
  expect((await watcher.run()).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});

test('partitions: odd tables are listed, and judged only where their ranges are times', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table by_number (n int) partition by range (n)',
    'create table by_number_1 partition of by_number for values from (0) to (10)',
    'create table by_two (n int, at date) partition by range (n, at)',
    'create table by_list (n int) partition by list (n)',
    'create table empty (at timestamptz) partition by range (at)',
    'create table for_ever (at timestamptz) partition by range (at)',
    'create table for_ever_1 partition of for_ever for values from (minvalue) to (maxvalue)',
    `create table "qu'o""te" (at timestamptz) partition by range (at)`,
    `create table q1 partition of "qu'o""te" for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00')`,
  );
  const watcher = await watchWith('partitions', server);
  const seen = await watcher.run();
  expect(seen.state).toBe('ok');
  expect(seen.findings).toMatchObject([{ level: 'crit', object: `postgres · public · qu'o"te` }]);
  expect(seen.rows.find(({ table }) => table === 'by_number')).toMatchObject({
    ahead: null,
    covered_until: null,
  });
  expect(seen.rows.find(({ table }) => table === 'for_ever')).toMatchObject({ ahead: null });
  await watcher.close();
  await server.stop();
});

test('partitions: a gap and rows that no range took are said; NULL keys and a list’s default are normal', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table logs (at date, text text) partition by range (at)',
    'create table logs_default partition of logs default',
    part('p1', -2, 0),
    part('p2', 0, 4),
    part('p22', 4, 9),
    'create table kinds (kind text) partition by list (kind)',
    'create table kinds_default partition of kinds default',
    `insert into kinds select 'any' from generate_series(1, 100)`,
    'insert into logs select null from generate_series(1, 100)',
    `grant select on all tables in schema public to ${watchUser}`,
  );
  await work(server, 'postgres', 'analyze logs_default, kinds_default');
  const watcher = await watchWith('partitions', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows.find(({ table }) => table === 'logs')).toMatchObject({
    default_rows: 100,
    misplaced_rows: 0,
  });

  await work(
    server,
    'postgres',
    part('p3', 11, 15),
    `insert into logs select date '${day(30)}' from generate_series(1, 100)`,
  );
  await work(server, 'postgres', 'analyze logs_default');
  const sick = await watcher.run();
  expect(sick.findings.map(({ judged }) => judged).sort()).toEqual(['gaps', 'misplaced_rows']);
  expect(sick.rows.find(({ table }) => table === 'logs')).toMatchObject({
    gaps: 1,
    first_gap: `${day(9)} to ${day(11)}`,
    misplaced_rows: 100,
  });
  await sqlOn(server, 'postgres', `delete from logs where at = '${day(30)}'`, part('p4', 9, 11));
  await work(server, 'postgres', 'vacuum analyze logs_default');
  expect((await watcher.run()).closed.length).toBe(2);

  await sqlOn(server, 'postgres', `revoke select on logs_default from ${watchUser}`);
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'unknown', mend: expect.stringContaining('plumbline.column_statistics()') },
  ]);
  await watcher.close();
  await server.stop();
});
