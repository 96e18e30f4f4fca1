import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '@/lib/engine/define-job';
import explainStatement from '@/lib/jobs/explain-statement';
import { makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;
let harness: JobHarness;
const database = 'postgres';

beforeAll(async () => {
  server = await startPostgres({ config: { shared_preload_libraries: 'pg_stat_statements' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    database,
    'create extension pg_stat_statements',
    'create role app login',
    'create schema app',
    'alter role app set search_path = app, public',
    'create table app.orders (id int primary key, at timestamptz not null default now(), v int)',
    `insert into app.orders select n, now() - n * interval '1 minute', n % 10 from generate_series(1, 5000) as n`,
    'create index on app.orders (at)',
    'create table app.secret (id int)',
    'create sequence app.counter',
    `create function app.touch(n int) returns int language sql volatile as 'insert into app.secret values (n) returning 1'`,
    `create function app.mark(o app.orders) returns int language sql volatile as 'select app.touch(o.id)'`,
    'create view app.sly as select app.touch(1) as touched',
    `create function app.peek(q text) returns int language plpgsql stable as 'declare n int; begin execute q into n; return n; end'`,
    `create function app.twice(n int) returns int language sql immutable as 'select 2 * n'`,
    `create function app.add_up(a int, n int) returns int language sql volatile as 'select a + n'`,
    'create aggregate app.gather(int) (sfunc = app.add_up, stype = int)',
    'create domain app.touchy as int check (app.touch(value) > 0)',
    'create type app.odd as (n int)',
    `create function app.to_odd(n int) returns app.odd language sql stable as 'select row(n)::app.odd'`,
    'create cast (int as app.odd) with function app.to_odd(int)',
    'analyze app.orders',
    `grant usage on schema app to ${watchLogin.user}`,
    `grant select on app.orders, app.sly to ${watchLogin.user}`,
    `grant execute on function app.touch to ${watchLogin.user}`,
  );
  harness = await jobHarness({ server, logins: { watch: watchLogin } });
});
afterAll(async () => {
  harness.close();
  await server.stop();
});

type Given = Parameters<typeof explainStatement.input.parse>[0] & object;

async function ask(given: Given & { text?: string; queryid?: string; analyze?: boolean; values?: string[] }) {
  const run = await harness.run(explainStatement, { database, username: 'app', ...given });
  expect(run).toMatchObject({ state: 'succeeded', evidence: [], log: [], outputs: { explain: {} } });
  const facts = run.answer?.facts as JsonObject & { refusal: { reason: string; mend: string; next: string } };
  const plan = run.answer?.text === undefined ? undefined : JSON.parse(run.answer.text)[0];
  return { facts, plan };
}

async function queryidOf(marker: string): Promise<string> {
  const session = await openSession(server);
  const [row] = await session.query(
    `select queryid::text as id from public.pg_stat_statements where query like $1 and query not like '%pg_stat_statements%'`,
    [`%${marker}%`],
  );
  await session.close();
  return String(row?.id);
}

test('a statement that ran is planned by its query id, for any values, in the schema of its user', async () => {
  const app = await openSession(server);
  await app.query('set search_path = app');
  await app.query(
    `select extract(epoch from at) as marker_one from orders where at > now() - interval '1 hour' and id = 7`,
  );
  await app.close();
  const { facts, plan } = await ask({ queryid: await queryidOf('marker_one') });
  expect(facts).toMatchObject({
    mode: 'generic',
    isRewritten: true,
    refusal: null,
    searchPath: 'app, public',
  });
  expect(facts.statement).toContain('pg_catalog.extract($1, at)');
  expect(plan.Plan).toMatchObject({ 'Relation Name': 'orders' });
  // Planned with nulls as values it would be a constant false.
  expect(JSON.stringify(plan)).not.toContain('One-Time Filter');
});

test.each([14, 16, 18])(
  'on %d too a plan is for any values: nothing is planned or pruned for a null',
  async (version) => {
    const other = await startPostgres({ version });
    await sqlOn(
      other,
      database,
      'create table parts (id int, k int) partition by list (k)',
      'create table part_1 partition of parts for values in (1)',
      'create table part_2 partition of parts for values in (2)',
    );
    const theirs = await jobHarness({ server: other });
    const text = 'select * from parts where k = $1 and id = any ($2) limit $3';
    const run = await theirs.run(explainStatement, { database, text });
    theirs.close();
    await other.stop();
    expect(run.answer?.facts).toMatchObject({ mode: 'generic', refusal: null });
    expect(run.answer?.text).not.toContain('One-Time Filter');
    // Before 16 the partitions are pruned by the nulls that stand for the values, and the plan says so.
    expect(run.answer?.text).toContain(version < 16 ? 'Subplans Removed' : 'part_2');
  },
);

test('writes are planned only: the right that is missing is said, and nobody is told to grant it', async () => {
  const { facts } = await ask({ text: 'update orders set v = v + $1 where id = $2' });
  expect(facts.refusal.reason).toContain('permission denied for table orders');
  expect(facts.refusal.next).toContain('the right to update in orders');
  expect(facts.refusal.mend).toBeNull();
  const refused = await harness.plan(explainStatement, {
    ...{ database, text: 'delete from orders where id = $1', analyze: true, values: ['1'] },
  });
  expect(refused.blockers[0]?.message).toContain('planned only');
});

test('a table that the login may not read is named with its grant', async () => {
  const { facts } = await ask({ text: 'select * from secret join orders using (id)' });
  expect(facts.refusal.mend).toBe('grant select on "app"."secret" to "plumbline_watch";');
});

test('with values and on demand a read is executed, read-only, and says how far the planner was off', async () => {
  const { facts, plan } = await ask({
    ...{ text: 'select count(*) from orders where v = $1 and at > now() - interval $2', analyze: true },
    values: ['3', '1 day'],
  });
  expect(facts).toMatchObject({ mode: 'analyzed', refusal: null });
  expect(plan['Execution Time']).toBeGreaterThan(0);
  expect(plan.Plan).toMatchObject({ 'Actual Rows': 1, 'Shared Hit Blocks': expect.any(Number) });
});

test.each([
  ['select touch(1)', 'app.touch()'],
  ['select o.mark from orders as o', 'app.mark()'],
  ['select (o).mark from orders as o', 'app.mark()'],
  ['select * from sly', 'app.sly: It calls app.touch()'],
  [`select nextval('counter')`, 'pg_catalog.nextval()'],
  ['select pg_terminate_backend(1)', 'pg_catalog.pg_terminate_backend()'],
  [`select query_to_xml('select app.touch(1)', true, true, '')`, 'pg_catalog.query_to_xml()'],
  [`select table_to_xml('app.sly', true, true, '')`, 'pg_catalog.table_to_xml()'],
  [`select peek('select app.touch(1)')`, 'app.peek()'],
  ['select gather(v) from orders', 'app.gather()'],
  [`select '1'::touchy`, 'By the domain app.touchy: It calls app.touch()'],
  ['select (7::odd).n', 'app.to_odd()'],
])('%s is not executed: what it calls may write', async (text, why) => {
  const { facts } = await ask({ text, analyze: true });
  expect(facts.refusal.reason).toContain(why);
  const session = await openSession(server);
  expect(await session.query('select from app.secret')).toEqual([]);
  await session.close();
});

test('what the planner calls by itself, and PostgreSQL’s own reads, are executed', async () => {
  const text = 'select twice(v), count(*), max(now() - at) from orders group by 1';
  expect((await ask({ text, analyze: true })).facts).toMatchObject({ mode: 'analyzed', refusal: null });
});

test.each([
  ['select 1; drop table app.orders', 'holds 2 statements'],
  ['drop table app.orders', 'utility'],
  ['with x as (delete from app.orders returning 1) select 1', 'planned only'],
  ['select * from app.orders for update', 'planned only'],
])('%s is refused before any server is asked', async (text, why) => {
  const plan = await harness.plan(explainStatement, { database, text, analyze: true });
  expect(plan.blockers[0]?.message).toContain(why);
  expect(plan.acts).toEqual([]);
});

test('what cannot be planned says why: types, time, a name that is gone', async () => {
  expect((await ask({ text: 'select $1 is null' })).facts.refusal.next).toContain('types of the parameters');
  expect((await ask({ text: 'select * from gone_table' })).facts.refusal.next).toContain('qualified names');
  const slow = await ask({ text: 'select pg_sleep(20)', analyze: true, ...{ timeoutSeconds: 1 } });
  expect(slow.facts.refusal.reason).toContain('stopped the statement');
  const lost = await harness.plan(explainStatement, { database, queryid: '42' });
  expect(lost.blockers[0]?.message).toContain('forgotten');
});
