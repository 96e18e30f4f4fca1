import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnswerRows, answerRowsSchema } from '@/lib/contract/copies';
import browseCopy from '@/lib/jobs/browse-copy';
import compareCopy from '@/lib/jobs/compare-copy';
import queryCopy from '@/lib/jobs/query-copy';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { type StandInCopy, standInCopy } from '@/lib/testing/stand-in-copy';
import { runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
let copy: StandInCopy;

const { schema, newline, column } = hostileNames;
const input = { copyId: '', database: 'shop' };

beforeAll(async () => {
  server = await startPostgres();
  copy = await standInCopy(server);
  input.copyId = copy.id;
  harness = await jobHarness({ server, copies: new Map([[copy.id, copy]]) });
  await copy.sql('postgres', ['create database shop']);
  await runSql(server, 'postgres', ['create database shop']);
  const both = [
    ...hostileSchemaSql(),
    'create table orders (id int primary key, note text)',
    'insert into orders select g from generate_series(1, 30) g',
    'create table lost (id int)',
    'create table changed (id int, was text)',
    'create table secrets (id int)',
    'alter table secrets enable row level security',
  ];
  await copy.sql('shop', both);
  await runSql(server, 'shop', [
    ...both,
    'drop table lost',
    'alter table changed drop column was',
    'create table added (id int)',
    'delete from orders',
    'analyze',
  ]);
});

afterAll(async () => {
  harness.close();
  await copy.stop();
  await server.stop();
});

function answerOf(run: HarnessRun): AnswerRows {
  expect(run.error).toBeUndefined();
  return answerRowsSchema.parse(JSON.parse(run.answer?.text ?? ''));
}
const find = (answer: AnswerRows, table: string) => answer.rows.find((row) => row[1] === table);

test('what is gone, new, emptied and built differently since is told, counted from the heaps', async () => {
  const answer = answerOf(await harness.run(compareCopy, { ...input, exact: true }));
  expect(answer.rows[0]?.slice(1, 3)).toEqual(['lost', 'gone: only in the copy']);
  expect(find(answer, 'orders')?.slice(2)).toEqual(['emptied', 30, 0, -30, 'exactly']);
  expect(find(answer, 'changed')?.[2]).toBe('columns differ: only in the copy: was text');
  expect(find(answer, 'added')?.[2]).toBe('new: only live');
  expect(find(answer, newline)?.slice(2)).toEqual(['same number of rows', 300, 300, 0, 'exactly']);
  const one = answerOf(
    await harness.run(compareCopy, { ...input, schema: 'public', table: 'orders', exact: true }),
  );
  expect(one.rows).toHaveLength(1);
  const estimate = answerOf(await harness.run(compareCopy, input));
  expect(estimate.notes.join()).toContain('estimates');
});

test('databases, tables and columns of a copy, hostile names as they are', async () => {
  const databases = answerOf(await harness.run(browseCopy, { copyId: copy.id }));
  expect(databases.rows.map(([name]) => name)).toContain('shop');
  const tables = answerOf(await harness.run(browseCopy, { ...input, exact: true }));
  expect(find(tables, newline)).toMatchObject({ 0: schema, 3: 300, 4: 'exactly' });
  const columns = answerOf(await harness.run(browseCopy, { ...input, schema, table: newline }));
  expect(columns.rows.map(([name]) => name)).toEqual(['id', column]);
  expect(columns.notes.join()).toContain('CREATE UNIQUE INDEX');
});

test('one statement that reads is answered; writing, files of the server and a second statement are not', async () => {
  const answer = answerOf(
    await harness.run(queryCopy, {
      ...input,
      text: `select id, 'a' || id as "x y" from orders order by id limit 2; -- end`,
    }),
  );
  expect(answer).toMatchObject({
    columns: [{ name: 'id' }, { name: 'x y' }],
    rows: [
      [1, 'a1'],
      [2, 'a2'],
    ],
  });
  const many = answerOf(
    await harness.run(queryCopy, { ...input, text: 'select * from generate_series(1, 501)' }),
  );
  expect([many.rows.length, many.notes[0]]).toEqual([500, expect.stringContaining('first 500')]);
  for (const text of ['delete from orders', 'select 1; select 2', 'select into x from orders']) {
    expect((await harness.plan(queryCopy, { ...input, text })).blockers).toHaveLength(1);
  }
  for (const text of [
    `select pg_read_file('/etc/passwd')`,
    `select set_config('role', 'none', true)`,
    'select rolpassword from pg_authid',
    `select table_to_xml('pg_authid', true, true, '')`,
    'select * from secrets',
    'select pg_sleep(9)',
  ]) {
    const run = await harness.run(queryCopy, { ...input, text, timeoutSeconds: 1 });
    expect([text, run.state, run.answer]).toEqual([text, 'failed', undefined]);
  }
});
