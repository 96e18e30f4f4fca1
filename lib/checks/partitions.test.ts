import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, runCheckOnce, sqlOn } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('fires when the running partition is the last, worse when there is none, and is cured by the next', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table "ev""ents" (at timestamptz not null, id int) partition by range (at)',
  );
  const month = (offset: number) =>
    `date_trunc('month', now() at time zone 'utc') + interval '${offset} month'`;
  const part = (offset: number) => `
    do $do$
    begin
      execute format(
        'create table %I partition of "ev""ents" for values from (%L) to (%L)',
        'part_${offset + 5}', ${month(offset)}, ${month(offset + 1)}
      );
    end
    $do$`;
  await sqlOn(server, 'postgres', part(-1), part(0), part(1));
  const healthy = await runCheckOnce('partitions', server);
  expect(healthy.rows).toMatchObject([{ table: 'ev"ents', partitions: 3 }]);
  expect(healthy.findings).toEqual([]);

  await sqlOn(server, 'postgres', 'drop table part_6');
  const last = await runCheckOnce('partitions', server);
  expect(last.findings).toMatchObject([
    { level: 'warn', object: 'postgres · public · ev"ents', judged: 'ahead' },
  ]);
  await sqlOn(server, 'postgres', 'drop table part_5');
  expect((await runCheckOnce('partitions', server)).findings).toMatchObject([{ level: 'crit' }]);

  await sqlOn(server, 'postgres', part(0), part(1));
  expect((await runCheckOnce('partitions', server)).findings).toEqual([]);
});

it('counts rows of a default partition and judges no numbers, open ends or lists as times', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table numbers (id int) partition by range (id)',
    'create table numbers_1 partition of numbers for values from (0) to (100)',
    'create table numbers_rest partition of numbers default',
    'insert into numbers select g from generate_series(101, 300) g',
    'analyze numbers_rest',
    'create table open_end (at date) partition by range (at)',
    'create table open_end_1 partition of open_end for values from (minvalue) to (maxvalue)',
    'create table lists (kind text) partition by list (kind)',
    "create table lists_1 partition of lists for values in ('a')",
  );
  const { rows, findings } = await runCheckOnce('partitions', server);
  expect(findings).toEqual([]);
  expect(rows.map(({ table }) => table)).toEqual(['ev"ents', 'numbers', 'open_end']);
  expect(rows.find(({ table }) => table === 'numbers')).toMatchObject({
    ahead: null,
    default_rows: 200,
    partitions: 2,
  });
});
