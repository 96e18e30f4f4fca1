import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckRow } from '@/lib/engine/define-check';
import type { SqlRow } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import create from '@/lib/jobs/create-index-concurrently';
import drop from '@/lib/jobs/drop-index-concurrently';
import { hostileNames } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
let seen: { primary: CheckRow; standby: CheckRow } | undefined;

const { database, schema, table } = hostileNames;
const hostile = qualified(schema, table);
const index = 'odd "index';

async function ask(sql: string): Promise<SqlRow[]> {
  const session = await openAsSuperuser(server, database);
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

const definitionOf = async (name: string) =>
  (await ask(`select pg_get_indexdef(oid) as definition from pg_class where relname = '${name}'`))[0]
    ?.definition;

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({
    server,
    logins: { operate: { user: 'worker', password: 'x' } },
    clusterRows: () => {
      if (!seen) return [];
      const observedAt = new Date().toISOString();
      return [
        { instanceName: 'db1', role: 'primary', rows: [seen.primary], observedAt },
        { instanceName: 'db2', role: 'standby', rows: [seen.standby], observedAt },
      ];
    },
  });
  await runSql(server, 'postgres', [
    'create role owner nologin',
    `create role worker login password 'x' in role owner, pg_monitor`,
    `create database ${quoteIdent(database)}`,
  ]);
  await runSql(server, database, [
    `create schema ${quoteIdent(schema)} authorization owner`,
    `create table ${hostile} (id int, body text)`,
    `insert into ${hostile} select g, 'text ' || g from generate_series(1, 5000) g`,
    `create index ${quoteIdent(index)} on ${hostile} (body collate "C" desc nulls last) include (id) with (fillfactor=80) where id > 5`,
    `alter table ${hostile} owner to owner`,
    'create table t (id int primary key, a int, b int not null unique, c int)',
    'insert into t select g, g, g, g from generate_series(1, 2000) g',
    'create index used on t (a)',
    'create index twin on t (c)',
    'create index twin_too on t (c, a)',
    'create unique index lone_unique on t (b, c)',
    'create unique index ident on t (b)',
    'alter table t replica identity using index ident',
    'alter table t owner to owner',
    'create table others (id int primary key)',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, drops, and the undo makes exactly the same index again', async () => {
  const before = await definitionOf(index);
  const input = { database, schema, index };
  const draft = await harness.plan(drop, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.sql).toBe(`drop index concurrently ${qualified(schema, index)}`);
  expect(draft.tables?.[0]?.rows).toEqual([[before]]);
  expect(await definitionOf(index)).toBe(before);

  const run = await harness.run(drop, input, { crashAfter: 'drop' });
  expect(run.error).toBeUndefined();
  expect(await definitionOf(index)).toBeUndefined();
  expect(run.evidence.map(({ phase, verdict }) => [phase, verdict])).toEqual([
    ['before', 'info'],
    ['after', 'pass'],
  ]);
  if (!('job' in drop.undo)) throw new Error('no undo');
  const undo = drop.undo.input(run.outputs, drop.input.parse(input)) as {
    database: string;
    definition: string;
  };
  expect((await harness.run(create, undo)).error).toBeUndefined();
  expect(await definitionOf(index)).toBe(before);
});

test('what keeps rows, constraints or replication right is never dropped', async () => {
  const blocked = async (name: string, evenIfUsed = true) =>
    (await harness.plan(drop, { database, schema: 'public', index: name, evenIfUsed })).blockers
      .map(({ message }) => message)
      .join();
  expect(await blocked('t_pkey')).toContain('belongs to the constraint t_pkey');
  expect(await blocked('t_b_key')).toContain('belongs to the constraint t_b_key');
  expect(await blocked('lone_unique')).toContain('keeps rows unique');
  expect(await blocked('ident')).toContain('replica identity');
  expect(await blocked('others_pkey')).toContain('belongs to postgres');
  expect(await blocked('used')).toBe('');
  await expect(blocked('nowhere')).rejects.toMatchObject({ fields: { index: expect.any(String) } });
});

test('one that was used lately, here or on a standby, is refused unless that is wanted or another does its work', async () => {
  const wanted = { database, schema: 'public', index: 'used' };
  const row = { schema: 'public', table: 't', index: 'used' };
  seen = {
    primary: {
      ...row,
      scans: 0,
      usage: 'not used in the 90 days that are known',
      verdict: 'used on another server',
    },
    standby: { ...row, scans: 7, usage: 'used 3 days ago', verdict: 'judged on the primary' },
  };
  const onStandby = await harness.plan(drop, wanted);
  expect(onStandby.blockers[0]?.message).toContain('On db2 it was used 3 days ago.');
  expect(onStandby.tables?.[1]?.rows.map((each) => each.slice(0, 4))).toEqual([
    ['db1', 'primary', 0, 'not used in the 90 days that are known'],
    ['db2', 'standby', 7, 'used 3 days ago'],
  ]);
  seen = undefined;
  const session = await openAsSuperuser(server, database);
  await session.query('set enable_seqscan to off');
  await session.query('select id from public.t where a = 5');
  await session.query('select id from public.t where c = 5');
  await session.query('select pg_stat_force_next_flush()');
  await session.close();
  expect((await harness.plan(drop, wanted)).blockers[0]?.message).toMatch(/1 scan of it|used .* ago/);
  const forced = await harness.plan(drop, { ...wanted, evenIfUsed: true });
  expect([forced.blockers, forced.warnings[0]]).toEqual([
    [],
    expect.stringMatching(/1 scan of it|used .* ago/),
  ]);
  const twin = await harness.plan(drop, { ...wanted, index: 'twin' });
  expect([twin.blockers, twin.warnings[0]]).toEqual([[], expect.stringContaining('twin_too')]);
});
