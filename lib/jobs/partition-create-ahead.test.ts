import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlRow } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import createAhead from '@/lib/jobs/partition-create-ahead';
import dropEmpty from '@/lib/jobs/partition-drop-empty';
import { hostileNames } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;

const { database, schema, newline: table, column, role: owner } = hostileNames;
const input = { database, schema, table, count: 3 };
const parent = qualified(schema, table);

async function ask(sql: string): Promise<SqlRow[]> {
  const session = await openAsSuperuser(server, database);
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

const partitionsOf = async (name: string) =>
  (
    await ask(
      `select c.relname::text as name, pg_get_expr(c.relpartbound, c.oid) as bound, pg_get_userbyid(c.relowner)::text as owner
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = '${name.replaceAll("'", "''")}'::regclass order by c.oid`,
    )
  ).map((row) => ({ ...row }));

const plain = async (name: string, count = 2) =>
  harness.plan(createAhead, { database, schema: 'public', table: name, count });

beforeAll(async () => {
  server = await startPostgres({
    config: { log_min_messages: 'debug1', timezone: 'Europe/Berlin', datestyle: 'SQL, DMY' },
  });
  harness = await jobHarness({ server, logins: { operate: { user: 'worker', password: 'x' } } });
  const key = quoteIdent(column);
  const role = quoteIdent(owner);
  await runSql(server, 'postgres', [
    `create role ${role} nologin`,
    `create role worker login password 'x' in role ${role}`,
    `create database ${quoteIdent(database)}`,
  ]);
  await runSql(server, database, [
    `create schema ${quoteIdent(schema)} authorization ${role}`,
    `set role ${role}`,
    `create table ${qualified(schema, 'referred')} (id int primary key)`,
    `create table ${parent} (${key} date, id int references ${qualified(schema, 'referred')}, doubled int generated always as (id * 2) stored, check (id > 0)) partition by range (${key})`,
    `create index on ${parent} (id)`,
    `create table ${qualified(schema, `${table}_2031_11`)} partition of ${parent} for values from ('2031-11-01') to ('2031-12-01')`,
    `create table ${qualified(schema, `${table}_rest"`)} partition of ${parent} default`,
    `insert into ${parent} (${key}) values (null), ('2020-01-01')`,
    'reset role',
    'create table moments (at timestamptz) partition by range (at)',
    `create table moments_20310101 partition of moments for values from ('2031-01-01 00:00+00') to ('2031-01-02 00:00+00')`,
    `create table moments_20310104 partition of moments for values from ('2031-01-04 00:00+00') to ('2031-01-05 00:00+00')`,
    'create table listed (kind text) partition by list (kind)',
    'create table pairs (a int, b int) partition by range (a, b)',
    'create table named (n text) partition by range (n)',
    'create table open_end (n int) partition by range (n)',
    'create table open_end_rest partition of open_end for values from (0) to (maxvalue)',
    'create table uneven (n int) partition by range (n)',
    'create table uneven_a partition of uneven for values from (0) to (10)',
    'create table uneven_b partition of uneven for values from (10) to (40)',
    'create table bare (n int) partition by range (n)',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, creates beside a default partition without scanning it, and undo drops what is empty', async () => {
  const before = await partitionsOf(parent);
  const draft = await harness.plan(createAhead, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts).toHaveLength(6);
  expect(draft.acts[2]?.sql).toContain(
    `attach partition ${qualified(schema, `${table}_2031_12`)} for values from ('2031-12-01') to ('2032-01-01')`,
  );
  expect(await partitionsOf(parent)).toEqual(before);

  const logged = server.log().length;
  const run = await harness.run(createAhead, input, { crashAfter: 'create' });
  expect(run.error).toBeUndefined();
  const after = await partitionsOf(parent);
  expect(after.slice(before.length)).toEqual(
    ['2031_12', '2032_01', '2032_02'].map((ending) =>
      expect.objectContaining({ name: `${table}_${ending}`, owner }),
    ),
  );
  const words = server.log().slice(logged).join('\n');
  expect(
    words.match(/updated partition constraint for default partition .* is implied by existing constraints/gs),
  ).not.toBeNull();
  expect(words).not.toMatch(/DEBUG: {2}verifying table .*_rest.*\n.*attach partition/);
  expect(await ask(`select conname from pg_constraint where conname like 'plumbline%'`)).toEqual([]);
  const [indexes] = await ask(
    `select count(*)::int4 as count from pg_indexes where tablename = '${table.replaceAll("'", "''")}_2032_01'`,
  );
  expect(indexes?.count).toBe(1);
  expect(run.evidence.map((entry) => [entry.phase, entry.facts.reachesTo])).toEqual([
    ['before', '2031-12-01'],
    ['after', '2032-03-01'],
  ]);

  if ('none' in createAhead.undo) throw new Error('there is an undo');
  const undo = createAhead.undo.input(run.outputs, createAhead.input.parse(input));
  const undone = await harness.run(dropEmpty, dropEmpty.input.parse(undo));
  expect(undone.error).toBeUndefined();
  expect(undone.outputs.drop?.dropped).toHaveLength(3);
  expect(await partitionsOf(parent)).toEqual(before);
});

test('rows of the new ranges in the default partition are a blocker', async () => {
  const key = quoteIdent(column);
  await ask(`insert into ${parent} (${key}) values ('2032-01-15')`);
  expect((await harness.plan(createAhead, input)).blockers[0]?.message).toContain(
    'holds rows of the new ranges',
  );
  expect((await harness.plan(createAhead, { ...input, count: 1 })).blockers).toEqual([]);
  const late = {
    ...createAhead,
    plan: async (...args: Parameters<typeof createAhead.plan>) => {
      const draft = await createAhead.plan(...args);
      await ask(`insert into ${parent} (${key}) values ('2031-12-15')`);
      return draft;
    },
  };
  const run = await harness.run(late, { ...input, count: 1 });
  expect(run.state).toBe('failed');
  expect(await ask(`select conname from pg_constraint where conname like 'plumbline%'`)).toEqual([]);
  await ask(`delete from ${parent} where ${key} >= '2031-12-01'`);
});

test('a held lock is waited for in short attempts, and a broken-off run goes on where it ended', async () => {
  const holder = await openAsSuperuser(server, database);
  await holder.query('begin');
  await holder.query(`lock table ${parent} in share update exclusive mode`);
  const stop = new AbortController();
  const cut = await harness.run(createAhead, input, {
    signal: stop.signal,
    onLog: (text) => text.includes('attempt 1 of') && stop.abort(),
  });
  expect(cut.error).toMatchObject({ code: 'cancelled' });
  expect(await ask(`select conname from pg_constraint where conname like 'plumbline%'`)).toEqual([]);
  const waited = await harness.run(createAhead, input, {
    onLog: (text) => {
      if (text.includes('attempt 1 of')) void holder.query('rollback');
    },
  });
  expect(waited.error).toBeUndefined();
  await holder.close();
});

test('gaps are said, bounds are UTC whatever the server shows, and other shapes are refused with a reason', async () => {
  const draft = await plain('moments');
  expect(draft.warnings.join()).toContain(
    'No partition takes 2031-01-02 00:00:00+00 to 2031-01-04 00:00:00+00',
  );
  expect(draft.tables?.[0]?.rows.slice(-2)).toEqual([
    ['moments_20310105', '2031-01-05 00:00:00+00', '2031-01-06 00:00:00+00', 'new'],
    ['moments_20310106', '2031-01-06 00:00:00+00', '2031-01-07 00:00:00+00', 'new'],
  ]);
  expect(draft.blockers[0]?.message).toContain('may not act as postgres');
  const why = async (name: string) => (await plain(name)).blockers[0]?.message;
  expect(await why('listed')).toContain('by list');
  expect(await why('pairs')).toContain('2 columns');
  expect(await why('named')).toContain('type text');
  expect(await why('open_end')).toContain('MAXVALUE');
  expect(await why('uneven')).toContain('not of one step');
  expect(await why('bare')).toContain('no partition yet');
  await expect(plain('nowhere')).rejects.toMatchObject({ fields: { table: expect.any(String) } });
});

test('moments and numbers get their next ranges, and a repeat goes on behind them', async () => {
  await runSql(server, database, [
    'create table numbered (n bigint primary key) partition by range (n)',
    `create table "numbered_-100_0" partition of numbered for values from (-100) to (0)`,
  ]);
  const all = await jobHarness({ server });
  for (const [name, count] of [
    ['moments', 1],
    ['numbered', 2],
    ['numbered', 1],
  ] as const) {
    const run = await all.run(createAhead, { database, schema: 'public', table: name, count });
    expect(run.error).toBeUndefined();
  }
  all.close();
  expect((await partitionsOf('moments')).at(-1)?.name).toBe('moments_20310105');
  expect((await partitionsOf('numbered')).map(({ name, bound }) => [name, bound]).slice(1)).toEqual([
    ['numbered_0_100', `FOR VALUES FROM ('0') TO ('100')`],
    ['numbered_100_200', `FOR VALUES FROM ('100') TO ('200')`],
    ['numbered_200_300', `FOR VALUES FROM ('200') TO ('300')`],
  ]);
});
