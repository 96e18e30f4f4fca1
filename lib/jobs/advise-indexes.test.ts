import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject, WorkloadStatement } from '@/lib/engine/define-job';
import advise from '@/lib/jobs/advise-indexes';
import create from '@/lib/jobs/create-index-concurrently';
import type { IndexAdvice } from '@/lib/procedures/advise-indexes';
import { makeWatchLogin, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;
let harness: JobHarness;
const workload: WorkloadStatement[] = [];
const database = 'postgres';

/** One statement as pg_stat_statements would show it. */
function statements(...texts: string[]): void {
  workload.splice(
    0,
    workload.length,
    ...texts.map((text, n) => ({
      queryid: String(n + 1),
      username: 'app',
      text,
      calls: 1000,
      totalMs: 5000 - n,
    })),
  );
}

async function run(given: JobHarness = harness) {
  const done = await given.run(advise, { database });
  expect(done.error).toBeUndefined();
  const facts = done.evidence[0]?.facts as JsonObject & {
    advice: IndexAdvice[];
    refused: { queryid: string; reason: string; mend: string | null }[];
    unproven: { reason: string; mend: string } | null;
  };
  return { facts, advice: facts.advice, definitions: facts.advice.map(({ definition }) => definition) };
}

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    database,
    'create role owner nologin',
    `create role worker login password 'x' in role owner, pg_monitor`,
    'create role app login',
    'grant create on schema public to owner',
    'create extension hypopg',
    'create database bare',
    'create table customers (id int primary key, region int, name text)',
    'create table orders (id int primary key, customer_id int, status int, at timestamptz, total int, deleted_at timestamptz, tags text[], doc jsonb)',
    `insert into customers select n, n % 50, 'name ' || n from generate_series(1, 5000) n`,
    `insert into orders select n, n % 5000, n % 100, now() - n * interval '1 minute', n,
       case when n % 200 = 0 then null else now() end, array['a'], '{}' from generate_series(1, 60000) n`,
    'create index orders_total on orders (total)',
    'create table parted (id int, at date) partition by range (at)',
    ...['customers', 'orders'].map((table) => `alter table ${table} owner to owner`),
    'vacuum analyze',
  );
  harness = await jobHarness({
    server,
    logins: { watch: watchLogin, operate: { user: 'worker', password: 'x' } },
    workload,
  });
});
afterAll(async () => {
  harness.close();
  await server.stop();
});

test('equality first, then the order: proven by what each statement costs without and with it', async () => {
  statements(
    'select id, total from orders where customer_id = $1 order by at desc limit $2',
    'select count(*) from orders where customer_id = $1',
    'update orders set status = $1 where id = $2',
  );
  const { advice } = await run();
  expect(advice.length).toBe(1);
  const [one] = advice;
  expect(one?.definition).toMatch(/^create index on "public"."orders" \("customer_id"(, "at" desc)?\)$/);
  expect(one).toMatchObject({ proven: true, indexesNow: 2, updatedColumns: [] });
  expect(one?.bytes).toBeGreaterThan(100_000);
  expect(one?.statements.map(({ queryid }) => queryid).sort()).toEqual(['1', '2']);
  for (const { costBefore, costAfter } of one?.statements ?? [])
    expect(costAfter).toBeLessThan(Number(costBefore) / 2);
});

test('joins, partial conditions and columns to include; casts, aliases and subqueries are seen through', async () => {
  statements(
    'select c.name from customers c join orders o on o.customer_id = c.id where c.region = $1 and o.status = $2',
  );
  const joined = await run();
  expect(joined.definitions.join()).toContain('"orders" (');
  statements('select id from orders where deleted_at is null and status = $1');
  expect((await run()).definitions).toEqual([
    'create index on "public"."orders" ("status") where "deleted_at" is null',
  ]);
  statements('select sum(total) from orders where status = $1');
  expect((await run()).definitions).toEqual([
    'create index on "public"."orders" ("status") include ("total")',
  ]);
  statements('select sum(total) from orders where at between $1 and $2 and status in ($3, $4)');
  expect((await run()).definitions.join()).toMatch(/\("status", "at"\)|\("at"\)/);
  statements(
    'with mine as (select * from orders x where x.customer_id = $1) select (select name from customers where id = mine.customer_id) from mine',
  );
  expect((await run()).definitions).toEqual(['create index on "public"."orders" ("customer_id")']);
  statements(
    `select * from orders where extract($1 from at) = $2 and customer_id = $3 and at > now() - interval $4`,
  );
  expect((await run()).definitions.join()).toContain('"customer_id"');
});

test('what exists, is covered, or would not pay is never advised', async () => {
  statements(
    'select * from orders where total = $1',
    'select * from orders where id = $1 and customer_id = $2',
    'select * from orders',
    'select * from orders where status <> $1',
    'select * from customers where name like $1 or region = $2',
    'alter table orders set (fillfactor = 90)',
  );
  const { advice, facts } = await run();
  expect(advice).toEqual([]);
  expect(facts.refused).toEqual([]);
  statements('select * from parted where id = $1');
  expect((await run()).facts.refused[0]?.reason).toContain('The table parted is partitioned');
});

test('GIN for containment is advised and said not to be proven', async () => {
  statements('select id from orders where doc @> $1', 'select id from orders where tags && $1');
  const { advice } = await run();
  expect(advice.map(({ definition, proven }) => [definition, proven])).toEqual([
    ['create index on "public"."orders" using gin ("doc" jsonb_path_ops)', false],
    ['create index on "public"."orders" using gin ("tags")', false],
  ]);
  expect(advice[0]).toMatchObject({
    unproven: expect.stringContaining('no GIN'),
    statements: [{ queryid: '1' }],
  });
});

test('the advised index is created by its plan, and is not advised again', async () => {
  statements('select id, total from orders where customer_id = $1');
  const [one] = (await run()).advice;
  const made = await harness.run(create, { database, definition: one?.definition ?? '' });
  expect(made.error).toBeUndefined();
  expect((await run()).advice).toEqual([]);
});

test('without the right to read it says which GRANT; without HypoPG how to get it, and nothing is proven', async () => {
  statements('select id from orders where status = $1');
  const watching = await jobHarness({
    server,
    logins: { watch: watchLogin },
    without: ['operate'],
    workload,
  });
  const { facts } = await run(watching);
  expect(facts.refused).toMatchObject([
    {
      queryid: '1',
      reason: expect.stringContaining('permission denied'),
      mend: expect.stringContaining('grant select on'),
    },
  ]);
  watching.close();

  await sqlOn(server, database, 'drop extension hypopg');
  expect((await harness.plan(advise, { database })).warnings.join()).toContain('postgresql-15-hypopg');
  const unproven = await run();
  expect(unproven.facts.unproven?.mend).toContain('create extension hypopg');
  expect(unproven.advice).toMatchObject([
    { definition: expect.stringContaining('"status"'), proven: false, bytes: null },
  ]);
  workload.length = 0;
  expect((await harness.plan(advise, { database })).blockers[0]?.message).toContain('No statement');
});
