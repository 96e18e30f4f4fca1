import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { SqlRow } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import create from '@/lib/jobs/create-index-concurrently';
import { hostileNames } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;

const { database, schema, table } = hostileNames;
const hostile = qualified(schema, table);

async function ask(sql: string): Promise<SqlRow[]> {
  const session = await openAsSuperuser(server, database);
  try {
    return await session.query(sql);
  } finally {
    await session.close();
  }
}

const indexes = async () =>
  (await ask(`select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid >= 16384`)).map(
    ({ definition }) => definition,
  );

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server, logins: { operate: { user: 'worker', password: 'x' } } });
  await runSql(server, 'postgres', [
    'create role owner nologin',
    `create role worker login password 'x' in role owner, pg_monitor`,
    `create database ${quoteIdent(database)}`,
  ]);
  await runSql(server, database, [
    `create schema ${quoteIdent(schema)} authorization owner`,
    `create table ${hostile} (id int, body text)`,
    `alter table ${hostile} owner to owner`,
    `insert into ${hostile} select g, 'text ' || g from generate_series(1, 5000) g`,
    'create table orders (a int, b int, c text)',
    'create unique index orders_b on orders (b)',
    'create index orders_ac on orders (a, c) where b > 0',
    'insert into orders select g, g, g from generate_series(1, 2000) g',
    'alter table orders owner to owner',
    'grant create on schema public to owner',
    'create schema closed',
    'create table closed.kept (id int)',
    'alter table closed.kept owner to owner',
    'create table elsewhere (id int)',
    'create table parted (id int) partition by range (id)',
    'create view seen as select 1 as id',
    'analyze',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, builds, proves, and offers the drop as undo', async () => {
  const input = { database, definition: `CREATE INDEX ON ${hostile} (lower(body) desc, id) WHERE id > 5;` };
  const before = await indexes();
  const draft = await harness.plan(create, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.sql).toMatch(/^create index concurrently ".*_expr_id_idx" on /);
  expect(await indexes()).toEqual(before);

  const run = await harness.run(create, input, { crashAfter: 'create' });
  expect(run.error).toBeUndefined();
  expect(await indexes()).toContainEqual(
    expect.stringMatching(/USING btree \(lower\(body\) DESC, id\) WHERE \(id > 5\)$/),
  );
  const [first, second] = run.evidence;
  expect([first?.phase, second?.phase, second?.verdict]).toEqual(['before', 'after', 'pass']);
  expect(Number(second?.facts.bytes)).toBeGreaterThan(8192);
  if (!('job' in create.undo)) throw new Error('no undo');
  expect(create.undo.input(run.outputs, create.input.parse(input))).toMatchObject({
    schema,
    index: second?.facts.index,
    evenIfUsed: true,
  });
});

test('what is there already, or covered, is refused with the name of what does it', async () => {
  const blocked = async (definition: string) =>
    (await harness.plan(create, { database, definition })).blockers.map(({ message }) => message).join();
  expect(await blocked('create index on public.orders (b)')).toContain('orders_b is the same');
  expect(await blocked('create index on public.orders (b desc)')).toContain('orders_b is the same');
  expect(await blocked('create index on public.orders (a) where b > 0')).toContain('orders_ac covers it');
  expect(await blocked('create index on public.orders (a)')).toBe('');
  expect(await blocked('create unique index on public.orders (a) where b > 0')).toBe('');
  expect(await blocked('create index orders_b on public.orders (c)')).toContain('called orders_b already');
  expect(await blocked('create index on public.parted (id)')).toContain('partitioned');
  expect(await blocked('create index on public.elsewhere (id)')).toContain('belongs to postgres');
  expect(await blocked('create index on closed.kept (id)')).toContain('may create nothing in the schema');
  expect(await blocked('create index on public.seen (id)')).toContain('no table that can be indexed');
});

test('anything but one CREATE INDEX of a table that is named whole is a wrong input', async () => {
  const refused = (definition: string) =>
    expect(harness.plan(create, { database, definition })).rejects.toMatchObject({
      code: 'bad-input',
      fields: { definition: expect.any(String) },
    });
  await refused('drop table orders');
  await refused('create index on public.orders (a); drop table orders');
  await refused('create index on orders (a)');
  await refused('create index on only public.orders (a)');
  await refused('create index on public.orders (nowhere)');
  await refused('create index on public.nowhere (a)');
  await refused('create index on public.orders (a');
});

test('a failed or late build leaves nothing behind, and says whom it waited for', async () => {
  const before = await indexes();
  await ask('insert into orders values (1, 9999, 1)');
  const unique = { database, definition: 'create unique index twice on public.orders (a)' };
  expect((await harness.plan(create, unique)).warnings.join()).toContain('same key');
  const failed = await harness.run(create, unique);
  expect(failed.error).toMatchObject({ message: expect.stringContaining('twice') });
  expect(failed.log.map(({ text }) => text).join('\n')).toContain('Dropped the unfinished index');
  expect(await indexes()).toEqual(before);

  const old = await openAsSuperuser(server, database);
  await old.query('begin isolation level repeatable read');
  await old.query('select * from elsewhere');
  const hasty = { ...create, input: create.input.extend({ deadlineMinutes: z.number() }) };
  const definition = 'create index on public.orders (c)';
  const late = await harness.run(hasty, { database, definition, deadlineMinutes: 1.6 / 60 });
  expect(late.error).toMatchObject({
    code: 'timed-out',
    message: expect.stringContaining(`${old.backendPid}`),
  });
  expect(await indexes()).toEqual(before);
  await old.close();
});
