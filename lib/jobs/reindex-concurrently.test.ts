import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { SqlRow } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import reindex from '@/lib/jobs/reindex-concurrently';
import { hostileNames } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;

const { database, schema, table } = hostileNames;
/** As long as its table's: PostgreSQL must cut it to append `_ccnew`. */
const index = `${'🐘'.repeat(15)}i"'`;
const input = { database, schema, index };

async function ask(sql: string): Promise<SqlRow[]> {
  const session = await openAsSuperuser(server, database);
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

const invalidIndexes = () => ask('select indexrelid::regclass::text from pg_index where not indisvalid');
const fileOfIndex = async () => {
  const [row] = await ask(`select relfilenode from pg_class where relname like '🐘%i"%' and relkind = 'i'`);
  return row?.relfilenode;
};

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server, logins: { operate: { user: 'worker', password: 'x' } } });
  const s = quoteIdent(schema);
  const t = qualified(schema, table);
  await runSql(server, 'postgres', [
    `create role owner nologin`,
    `create role worker login password 'x' in role owner, pg_monitor`,
    `create role blind login password 'x' in role owner`,
    `create database ${quoteIdent(database)}`,
  ]);
  await runSql(server, database, [
    `create schema ${s} authorization owner`,
    `create table ${t} (id int, body text)`,
    `alter table ${t} owner to owner`,
    `insert into ${t} select g, repeat('x', 50) || g from generate_series(1, 20000) g`,
    `create index ${quoteIdent(index)} on ${t} (body)`,
    `delete from ${t} where id % 10 <> 0`,
    'create table elsewhere (id int)',
    'create table booked (during int4range, constraint booked_once exclude using gist (during with &&))',
    'create table parted (id int) partition by range (id)',
    'create index parted_id on parted (id)',
    'create table foreign_to_worker (id int primary key)',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, rebuilds, and shows the size before and after', async () => {
  await ask(`vacuum ${qualified(schema, table)}`);
  const before = await fileOfIndex();
  const draft = await harness.plan(reindex, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.sql).toBe(`reindex index concurrently ${qualified(schema, index)}`);
  expect(await fileOfIndex()).toBe(before);

  const run = await harness.run(reindex, input, { crashAfter: 'reindex' });
  expect(run.error).toBeUndefined();
  expect(await fileOfIndex()).not.toBe(before);
  expect(await invalidIndexes()).toEqual([]);
  const [first, second] = run.evidence;
  expect([first?.phase, second?.phase, first?.title]).toEqual(['before', 'after', second?.title]);
  expect(Number(second?.facts.bytes)).toBeLessThan(Number(first?.facts.bytes) / 2);
});

test('behind an old snapshot it names whom it waits for, lets writes through, and a cancel leaves nothing', async () => {
  const old = await openAsSuperuser(server, database);
  await old.query('begin isolation level repeatable read');
  await old.query('select * from elsewhere');
  const { tables, warnings } = await harness.plan(reindex, input);
  expect(tables?.[0]?.rows.map((row) => row[0])).toEqual([old.backendPid]);
  expect(warnings[0]).toContain('1 open transactions');

  const before = await fileOfIndex();
  const stop = new AbortController();
  let updated: Promise<SqlRow[]> | undefined;
  const run = await harness.run(reindex, input, {
    signal: stop.signal,
    onLog: (text) => {
      if (!text.startsWith(`Waits for process ${old.backendPid} of postgres`)) return;
      updated = ask(`update ${qualified(schema, table)} set id = id + 0 where id = 10 returning id`);
      void updated.then(() => stop.abort());
    },
  });
  expect(await updated).toEqual([{ id: 10 }]);
  expect(run.error).toMatchObject({ code: 'cancelled' });
  expect(await invalidIndexes()).toEqual([]);
  expect(await fileOfIndex()).toBe(before);
  await old.close();
});

test('at its deadline it is cancelled, says whom it waited for, and its unfinished index is dropped', async () => {
  const old = await openAsSuperuser(server, database);
  await old.query('begin isolation level repeatable read');
  await old.query('select * from elsewhere');
  const hasty = { ...reindex, input: reindex.input.extend({ deadlineMinutes: z.number() }) };
  const run = await harness.run(hasty, { ...input, deadlineMinutes: 1.6 / 60 });
  expect(run.error).toMatchObject({
    code: 'timed-out',
    message: expect.stringContaining(`${old.backendPid}`),
  });
  expect(run.log.map((line) => line.text).join('\n')).toContain('Dropped the unfinished index');
  expect(await invalidIndexes()).toEqual([]);
  await old.close();
});

test('what cannot be rebuilt is refused with what to do instead', async () => {
  const of = async (wanted: { schema: string; index: string }) =>
    (await harness.plan(reindex, { database, ...wanted })).blockers
      .map((blocker) => blocker.message)
      .join('\n');
  expect(await of({ schema: 'public', index: 'booked_once' })).toContain('exclusion constraint');
  expect(await of({ schema: 'public', index: 'parted_id' })).toContain('partitioned table');
  expect(await of({ schema: 'pg_catalog', index: 'pg_class_oid_index' })).toContain('system catalogue');
  expect(await of({ schema: 'public', index: 'foreign_to_worker_pkey' })).toContain('belongs to postgres');
  await expect(of({ schema, index: 'nowhere' })).rejects.toMatchObject({
    fields: { index: expect.any(String) },
  });
  const blind = await jobHarness({ server, logins: { operate: { user: 'blind', password: 'x' } } });
  expect((await blind.plan(reindex, input)).warnings.join()).toContain('grant it pg_monitor');
  blind.close();
  const context = harness.planContext();
  const old = { ...context, target: { ...context.target, serverVersionNum: 140_003 } };
  const draft = await reindex.plan(old, reindex.input.parse(input));
  expect(draft.blockers[0]?.next).toContain('14.4');
});

test('an invalid index that is called like a leftover is rebuilt as asked, never dropped', async () => {
  await runSql(server, database, [
    'create table odd (id int)',
    'create index odd_ccold on odd (id)',
    'alter table odd owner to owner',
    `update pg_index set indisvalid = false where indexrelid = 'odd_ccold'::regclass`,
  ]);
  const wanted = { database, schema: 'public', index: 'odd_ccold' };
  expect((await harness.plan(reindex, wanted)).warnings.join()).toContain('better dropped');
  const run = await harness.run(reindex, wanted);
  expect(run.error).toBeUndefined();
  const [row] = await ask(
    `select indisvalid as valid from pg_index where indexrelid = 'odd_ccold'::regclass`,
  );
  expect(row).toEqual({ valid: true });
});
