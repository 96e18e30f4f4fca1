import { afterAll, beforeAll, expect, test } from 'vitest';
import analyzeTable from '@/lib/jobs/analyze-table';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
const input = { database: 'postgres', schema: 'public', table: 'a "table"' };

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  await runSql(server, 'postgres', [
    'create table "a ""table""" as select g as n from generate_series(1, 1000) g',
  ]);
});
afterAll(async () => {
  harness.close();
  await server.stop();
});

test('the plan shows the exact statement and writes nothing', async () => {
  const plan = await harness.plan(analyzeTable, input);
  expect(plan.blockers).toEqual([]);
  expect(plan.acts).toMatchObject([{ sql: 'analyze "public"."a ""table"""' }]);
});

test('a table that is not there is a blocker', async () => {
  const plan = await harness.plan(analyzeTable, { ...input, table: 'nowhere' });
  expect(plan.blockers).toMatchObject([{ message: 'There is no such table.' }]);
});

test('a run leaves evidence of before and after', async () => {
  const run = await harness.run(analyzeTable, input);
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(run.evidence).toMatchObject([
    { phase: 'before', verdict: 'info' },
    { phase: 'after', verdict: 'pass' },
  ]);
  expect(run.evidence[1]?.facts.analyzedAt).not.toBe(null);
});
