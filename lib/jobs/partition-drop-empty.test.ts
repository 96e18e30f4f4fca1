import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlRow } from '@/lib/engine/define-job';
import dropEmpty from '@/lib/jobs/partition-drop-empty';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;

const name = 'odd "one"\n<b>';
const quoted = `"odd ""one""\n<b>"`;
const input = {
  database: 'postgres',
  schema: 'public',
  table: 'events',
  partitions: [{ schema: 'public', name }],
};

async function ask(sql: string): Promise<SqlRow[]> {
  const session = await openAsSuperuser(server, 'postgres');
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

const names = async () =>
  (
    await ask(`select relname::text as name from pg_class where relispartition and relkind = 'r' order by 1`)
  ).map((row) => row.name);

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  await runSql(server, 'postgres', [
    'create table events (n int primary key) partition by range (n)',
    'create table events_rest partition of events default',
    `create table ${quoted} partition of events for values from (0) to (100)`,
    'create table alone (n int)',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, drops the empty partition, and a repeat finds nothing to do', async () => {
  const draft = await harness.plan(dropEmpty, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.sql).toContain(`drop table "public".${quoted};\ncommit;`);
  expect(await names()).toEqual(['events_rest', name]);
  const run = await harness.run(dropEmpty, input);
  expect(run.error).toBeUndefined();
  expect(run.evidence[0]).toMatchObject({ verdict: 'pass', facts: { dropped: [name] } });
  expect(await names()).toEqual(['events_rest']);
  expect((await harness.plan(dropEmpty, input)).blockers[0]?.message).toContain('not a partition');
  await ask(`create table ${quoted} partition of events for values from (0) to (100)`);
});

test('rows that came after the plan keep the partition: it is looked at again under its lock', async () => {
  const racing = {
    ...dropEmpty,
    plan: async (...args: Parameters<typeof dropEmpty.plan>) => {
      const draft = await dropEmpty.plan(...args);
      await ask('insert into events values (7)');
      return draft;
    },
  };
  const run = await harness.run(racing, input);
  expect(run.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('no longer empty') });
  expect(run.evidence).toEqual([]);
  expect(await ask('select n from events')).toEqual([{ n: 7 }]);
  expect((await harness.plan(dropEmpty, input)).blockers[0]?.message).toContain('no longer empty');
  await ask('truncate events');
});

test('a table that is no partition of this one is never dropped', async () => {
  const draft = await harness.plan(dropEmpty, {
    ...input,
    partitions: [{ schema: 'public', name: 'alone' }],
  });
  expect(draft.blockers[0]?.message).toContain('public.alone is not a partition');
  expect(draft.acts).toEqual([]);
});

test('a later table of the same name is not the one that was approved', async () => {
  const swapped = {
    ...dropEmpty,
    plan: async (...args: Parameters<typeof dropEmpty.plan>) => {
      const draft = await dropEmpty.plan(...args);
      await ask(`drop table ${quoted}`);
      await ask(`create table ${quoted} partition of events for values from (0) to (50)`);
      return draft;
    },
  };
  const run = await harness.run(swapped, input);
  expect(run.outputs.drop?.dropped).toEqual([]);
  expect(await names()).toEqual(['events_rest', name]);
});
