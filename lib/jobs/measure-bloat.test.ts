import { afterAll, beforeAll, expect, test } from 'vitest';
import measureBloat from '@/lib/jobs/measure-bloat';
import { makeWatchLogin, watchUser } from '@/lib/testing/check-kit';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
const input = { database: 'postgres', readMiBPerSecond: 10_000 };

type Measured = { part: string; table: string; index: string | null; bloatPercent: number; method: string };
const measuredOf = (facts: unknown) => (facts as { measured: Measured[] }).measured;

beforeAll(async () => {
  server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  harness = await jobHarness({ server, logins: { watch: { user: watchUser, password: 'watch-password' } } });
  await runSql(server, 'postgres', [
    `create table "bl'o""at" as select g as n, repeat('x', 100) as filler from generate_series(1, 60000) g`,
    `create index "bl'o""at i" on "bl'o""at" (n)`,
    `create table long_values (body text)`,
    `alter table long_values alter body set storage external`,
    `insert into long_values select repeat(md5(g::text), 200) from generate_series(1, 400) g`,
    'delete from long_values where ctid in (select ctid from long_values limit 300)',
    `delete from "bl'o""at" where n % 10 <> 0`,
    `vacuum (analyze, truncate false) "bl'o""at"`,
    'vacuum (truncate false) long_values',
  ]);
});
afterAll(async () => {
  harness.close();
  await server.stop();
});

test('without the extension the plan says what to create', async () => {
  const plan = await harness.plan(measureBloat, input);
  expect(plan.blockers).toMatchObject([{ next: expect.stringContaining('create extension pgstattuple') }]);
});

test('measures what the watch login may not even select, TOAST and indexes apart, within the budget', async () => {
  await runSql(server, 'postgres', [
    'create schema "ext""s"',
    'create extension pgstattuple schema "ext""s"',
  ]);
  const refused = await harness.plan(measureBloat, input);
  expect(refused.blockers).toMatchObject([{ message: 'The watch login may not call pgstattuple.' }]);
  await runSql(server, 'postgres', [`grant usage on schema "ext""s" to ${watchUser}`]);
  const run = await harness.run(measureBloat, input);
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  const measured = measuredOf(run.evidence[0]?.facts);
  const of = (part: string, table: string) =>
    measured.find((each) => each.part === part && each.table === table);
  expect(of('table', `bl'o"at`)?.bloatPercent).toBeGreaterThan(75);
  expect(of('index', `bl'o"at`)).toMatchObject({ index: `bl'o"at i`, method: 'pgstatindex' });
  expect(of('index', `bl'o"at`)?.bloatPercent).toBeGreaterThan(60);
  expect(of('toast', 'long_values')?.bloatPercent).toBeGreaterThan(60);

  const small = await harness.plan(measureBloat, { ...input, budgetMiB: 3 });
  expect(small.warnings).toMatchObject([expect.stringContaining('do not fit the budget')]);
});

test('a cancel between two files keeps what was measured', async () => {
  const cancel = new AbortController();
  const run = await harness.run(
    measureBloat,
    { ...input, readMiBPerSecond: 1 },
    { signal: cancel.signal, onLog: () => cancel.abort() },
  );
  expect(run.state).toBe('failed');
  expect(measuredOf(run.evidence[0]?.facts)).toHaveLength(1);
});
