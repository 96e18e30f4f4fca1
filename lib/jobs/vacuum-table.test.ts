import { afterAll, beforeAll, expect, test } from 'vitest';
import vacuumTable from '@/lib/jobs/vacuum-table';
import { openSession } from '@/lib/testing/check-kit';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
const input = { database: 'postgres', schema: 'public', table: 'a "table"' };
const table = '"a ""table"""';

beforeAll(async () => {
  server = await startPostgres({ config: { autovacuum: 'off' } });
  harness = await jobHarness({
    server,
    logins: { operate: { user: 'operator', password: 'operator' } },
  });
  await runSql(server, 'postgres', [
    `create role keeper nologin`,
    `create role operator login password 'operator' in role pg_monitor, keeper`,
    `create table public.${table} as select g as n from generate_series(1, 20000) g`,
    `alter table public.${table} owner to keeper`,
    'create table public.foreign_one (n int)',
    `delete from public.${table} where n % 2 = 0`,
    'select pg_stat_force_next_flush()',
  ]);
});
afterAll(async () => {
  harness.close();
  await server.stop();
});

test('the plan shows the exact statement; a table that is not there, or not ours, is a blocker', async () => {
  const plan = await harness.plan(vacuumTable, { ...input, freeze: true });
  expect(plan.blockers).toEqual([]);
  expect(plan.acts).toMatchObject([{ sql: 'vacuum (analyze, freeze) "public"."a ""table"""' }]);
  const nowhere = await harness.plan(vacuumTable, { ...input, table: 'nowhere' });
  expect(nowhere.blockers).toMatchObject([{ message: 'There is no table public.nowhere.' }]);
  const foreign = await harness.plan(vacuumTable, { ...input, table: 'foreign_one' });
  expect(foreign.blockers).toMatchObject([{ message: expect.stringContaining('belongs to postgres') }]);
});

test('who holds the horizon is named in the plan, and in the evidence when rows stay', async () => {
  const holder = await openSession(server);
  await holder.query(`set application_name = 'the forgetful one'`);
  await holder.query('begin isolation level repeatable read');
  await holder.query('select 1 from pg_class limit 1');
  await runSql(server, 'postgres', [
    `delete from public.${table} where n % 4 = 1`,
    'select pg_stat_force_next_flush()',
  ]);
  const plan = await harness.plan(vacuumTable, input);
  expect(plan.tables?.[0]?.rows).toContainEqual(
    expect.arrayContaining(['session', expect.stringContaining('the forgetful one')]),
  );
  const held = await harness.run(vacuumTable, input);
  expect(held.evidence[1]).toMatchObject({ phase: 'after', verdict: 'partial' });
  expect(String(held.evidence[1]?.facts.heldBackBy)).toContain('the forgetful one');
  await holder.query('rollback');
  await holder.close();
});

test('a run removes the dead rows and leaves evidence of before and after', async () => {
  const run = await harness.run(vacuumTable, input);
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(run.evidence).toMatchObject([
    { phase: 'before', verdict: 'info' },
    { phase: 'after', verdict: 'pass', facts: { deadRows: 0 } },
  ]);
});
