import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Session, SqlRow } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import rescueTable from '@/lib/jobs/rescue-table';
import undoRescue from '@/lib/jobs/undo-table-rescue';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { type StandInCopy, standInCopy } from '@/lib/testing/stand-in-copy';
import { openAsSuperuser } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
let copy: StandInCopy;
let live: Session;

const { schema, table, newline, role, column } = hostileNames;
const hostile = qualified(schema, table);
/** Every kind of value that text has trouble with. */
const ordersSql = [
  `create table orders (id int generated always as identity primary key, customer int not null references customers,
     body text, amount numeric(12, 2), at timestamptz default now(), tags text[], doc jsonb, raw bytea, twice int generated always as (id * 2) stored)`,
  `insert into orders (customer, body, amount, at, tags, doc, raw)
   select 1 + g % 3, case g % 3 when 0 then null when 1 then '' else E'(a,"b")\\\\\\n\\t{}' end, g / 7.0, '2026-11-21 10:00:00.123456+02',
     array['x,y', null, '"q"'], jsonb_build_object('k', g, 'n', null), decode('00ff5c', 'hex')
   from generate_series(1, 300) g`,
  'create index orders_at on orders (at desc) where amount > 1',
  'grant select on orders to app',
];
const baseSql = [
  'create table customers (id int primary key)',
  'insert into customers select generate_series(1, 4)',
  ...ordersSql,
  'create table lines (id int primary key, orders_id int constraint lines_orders references orders)',
  'insert into lines select g, g from generate_series(1, 50) g',
];

async function rowsOf(sql: string): Promise<SqlRow[]> {
  return live.query(sql);
}
const input = { copyId: '', database: 'shop', schema: 'public', table: 'orders' } as const;

function undoOf(run: HarnessRun, given: Parameters<JobHarness['run']>[1]) {
  if ('none' in rescueTable.undo) throw new Error('no undo');
  return rescueTable.undo.input(run.outputs, given as never) as { database: string } as never;
}

beforeAll(async () => {
  server = await startPostgres();
  copy = await standInCopy(server);
  harness = await jobHarness({ server, copies: new Map([[copy.id, copy]]) });
  const admin = await openAsSuperuser(server, 'postgres');
  for (const sql of ['create role app', 'create database shop']) {
    await admin.query(sql);
    await copy.sql('postgres', [sql]);
  }
  await admin.close();
  live = await openAsSuperuser(server, 'shop');
  await copy.sql('shop', [...hostileSchemaSql(), ...baseSql]);
  for (const sql of hostileSchemaSql()) await live.query(sql);
});

beforeEach(async () => {
  await live.query('drop table if exists lines, orders, customers cascade');
  for (const sql of baseSql) await live.query(sql);
});

afterAll(async () => {
  await live.close();
  harness.close();
  await copy.stop();
  await server.stop();
});

const digest = `select md5(string_agg(row(id, customer, body, amount, at, tags, doc, raw)::text, '|' order by id)) as md5, count(*)::int4 as count from `;

test('a table that was dropped comes back under its own name: rows, keys, sequence, rights, and the keys to it', async () => {
  const [before] = await rowsOf(`${digest} orders`);
  await live.query('drop table orders cascade');
  const given = { ...input, copyId: copy.id, how: 'own-name' } as const;
  const draft = await harness.plan(rescueTable, given);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.argv).toContain('--table="public"."orders"');
  const run = await harness.run(rescueTable, given);
  expect(run.error).toBeUndefined();
  expect(await rowsOf(`${digest} orders`)).toEqual([before]);
  expect(run.evidence.at(-1)).toMatchObject({
    type: 'rescue',
    verdict: 'pass',
    facts: { rows: 300, rowsInCopy: 300, foreignKeysMade: ['lines_orders on public.lines'] },
  });
  const [facts] = await rowsOf(
    `select has_table_privilege('app', 'orders', 'select') as may, to_regclass('orders_at') is not null as index,
       (select conname from pg_constraint where conname = 'lines_orders') as key`,
  );
  expect(facts).toEqual({ may: true, index: true, key: 'lines_orders' });
  await live.query('insert into orders (customer) values (1)');

  const undo = await harness.plan(undoRescue, undoOf(run, given));
  expect(undo.warnings.join()).toContain('1 rows more than were rescued');
  expect((await harness.plan(rescueTable, given)).blockers[0]?.message).toContain('already');
});

test('beside the live one under hostile names, and undo drops that very table', async () => {
  const given = {
    ...input,
    copyId: copy.id,
    schema,
    table: newline,
    how: 'beside',
    name: `"b" '\\ <i>\n`,
  } as const;
  await live.query(`delete from ${qualified(schema, newline)}`);
  const run = await harness.run(rescueTable, given);
  expect(run.error).toBeUndefined();
  const place = qualified(schema, given.name);
  const [row] = await rowsOf(
    `select count(*)::int4 as count, (select pg_get_userbyid(relowner) from pg_class where oid = ${`'${place.replaceAll("'", "''")}'`}::regclass) as owner,
       (select count(*)::int4 from pg_index where indrelid = '${place.replaceAll("'", "''")}'::regclass) as indexes from ${place}`,
  );
  expect(row).toEqual({ count: 300, owner: role, indexes: 2 });
  expect(run.evidence.at(-1)).toMatchObject({ verdict: 'pass', facts: { name: given.name, refused: [] } });
  const undone = await harness.run(undoRescue, undoOf(run, given));
  expect(undone.error).toBeUndefined();
  expect(await rowsOf(`select to_regclass('${place.replaceAll("'", "''")}') as there`)).toEqual([
    { there: null },
  ]);
  // The longest name cannot be made longer: it is said, not cut.
  const long = await harness.plan(rescueTable, { ...given, table, name: undefined });
  expect(long.blockers[0]?.message).toContain('PostgreSQL would cut it');
  expect(long.acts[0]?.sql).toContain(
    `row(${quoteIdent(column)}, "body", "parts")::text as r from only ${hostile}`,
  );
});

test('a merge inserts what is missing, puts back what differs, leaves what came since, and is taken back', async () => {
  await live.query('delete from lines');
  await live.query('delete from orders where id <= 40');
  await live.query(`update orders set body = 'spoiled' where id between 41 and 50`);
  await live.query(`insert into orders (customer, body) values (4, 'new')`);
  const [damaged] = await rowsOf(`${digest} orders`);
  const plain = { ...input, copyId: copy.id, how: 'merge' } as const;
  const draft = await harness.plan(rescueTable, plain);
  expect(draft.acts.at(-1)?.sql).toContain('on conflict ("id") do nothing');
  expect(draft.acts.at(-1)?.sql).not.toContain('update "public"');
  const given = { ...plain, updateDifferent: true };
  const run = await harness.run(rescueTable, given);
  expect(run.error).toBeUndefined();
  expect(run.evidence.map(({ phase, facts }) => [phase, facts.rows])).toEqual([
    ['before', 261],
    ['after', 301],
  ]);
  expect(run.evidence.at(-1)?.facts).toMatchObject({ inserted: 40, putBack: 10 });
  expect(await rowsOf(`select count(*)::int4 as count from orders where body = 'spoiled'`)).toEqual([
    { count: 0 },
  ]);
  expect(await rowsOf(`select body from orders where id = 301`)).toEqual([{ body: 'new' }]);

  await live.query(`update orders set body = 'since' where id in (5, 45)`);
  const undone = await harness.run(undoRescue, undoOf(run, given));
  expect(undone.error).toBeUndefined();
  expect(undone.evidence[0]?.facts).toEqual({ removed: 39, putBack: 9, changedSince: 2 });
  await live.query(`delete from orders where id = 5`);
  await live.query(`update orders set body = 'spoiled' where id = 45`);
  expect(await rowsOf(`${digest} orders`)).toEqual([damaged]);
});

test('rows whose parent is gone end the merge, with triggers and without, and nothing is changed', async () => {
  await live.query('delete from lines');
  await live.query('delete from orders where customer = 2');
  await live.query('delete from customers where id = 2');
  for (const skipTriggers of [false, true]) {
    const run = await harness.run(rescueTable, { ...input, copyId: copy.id, how: 'merge', skipTriggers });
    expect(run.state).toBe('failed');
    expect(String((run.error as Error).message)).toMatch(/foreign key|refer to/);
    expect(await rowsOf('select count(*)::int4 as count from orders')).toEqual([{ count: 200 }]);
    expect(
      await rowsOf(`select count(*)::int4 as count from pg_class where relname like 'plumbline_undo%'`),
    ).toEqual([{ count: 0 }]);
  }
});

test('a table without a key, a table that is not in the copy, and a crash after the effect', async () => {
  await live.query('alter table orders drop constraint orders_pkey cascade');
  const keyless = await harness.plan(rescueTable, { ...input, copyId: copy.id, how: 'merge' });
  expect(keyless.blockers[0]?.message).toContain('no primary key');
  await expect(
    harness.plan(rescueTable, { ...input, copyId: copy.id, table: 'nowhere' }),
  ).rejects.toMatchObject({ fields: { table: expect.any(String) } });
  const crashed = await harness.run(
    rescueTable,
    { ...input, copyId: copy.id, how: 'beside', name: 'orders_then' },
    { crashAfter: 'rescue' },
  );
  expect(crashed.error).toBeUndefined();
  expect(await rowsOf(`${digest} orders_then`)).toEqual(await rowsOf(`${digest} orders`));
});

const eventsSql = [
  'create table events (id int, at date, note text, primary key (id, at)) partition by range (at)',
  `create table events_10 partition of events for values from ('2026-10-01') to ('2026-11-01')`,
  `create table events_11 partition of events for values from ('2026-11-01') to ('2026-12-01')`,
  'create table events_rest partition of events default',
  'create index events_note on events (note)',
  `insert into events select g, date '2026-09-21' + g, 'n' from generate_series(1, 90) g`,
];
const eventsDigest = (table: string) =>
  rowsOf(`select md5(string_agg(row(id, at, note)::text, '|' order by id)) as md5 from ${table}`);
const shapeOf = () =>
  rowsOf(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound,
       (select count(*)::int4 from pg_inherits where inhrelid in (select indexrelid from pg_index where indrelid = c.oid)) as indexes
     from pg_partition_tree('events') t join pg_class c on c.oid = t.relid order by 1`,
  );

test('a partition that was dropped comes back into its table, with its bounds and indexes; not over rows of the default one', async () => {
  await copy.sql('shop', eventsSql);
  for (const sql of eventsSql) await live.query(sql);
  const [rows, shape] = [await eventsDigest('events'), await shapeOf()];
  const given = { ...input, copyId: copy.id, table: 'events_10', how: 'own-name' } as const;
  await live.query('drop table events_10');
  // The month's new rows went where there was room for them.
  await live.query(`insert into events values (1000, '2026-10-31', 'new')`);
  const run = await harness.run(rescueTable, given);
  expect(String(run.error)).toContain('default partition');
  expect(await shapeOf()).toHaveLength(shape.length - 1);

  await live.query('delete from events where id = 1000');
  expect((await harness.run(rescueTable, given)).error).toBeUndefined();
  expect(await eventsDigest('events')).toEqual(rows);
  expect(await shapeOf()).toEqual(shape);
});

test('a partitioned table with a default partition: all of it under its own name, beside, and merged by key', async () => {
  const [rows, shape] = [await eventsDigest('events'), await shapeOf()];
  await live.query(`delete from events where at in ('2026-09-25', '2026-10-15')`);
  await live.query(`update events set note = 'spoiled' where at = '2026-11-11'`);
  const merged = { ...input, copyId: copy.id, table: 'events', how: 'merge', updateDifferent: true } as const;
  const run = await harness.run(rescueTable, merged);
  expect(run.error).toBeUndefined();
  expect(run.evidence.at(-1)?.facts).toMatchObject({ inserted: 2, putBack: 1 });
  expect(await eventsDigest('events')).toEqual(rows);
  const undone = await harness.run(undoRescue, undoOf(run, merged));
  expect(undone.evidence[0]?.facts).toEqual({ removed: 2, putBack: 1, changedSince: 0 });

  await live.query('drop table events');
  const whole = { ...input, copyId: copy.id, table: 'events', how: 'own-name' } as const;
  const draft = await harness.plan(rescueTable, whole);
  expect(draft.acts[0]?.argv).toEqual(expect.arrayContaining(['--table="public"."events_rest"']));
  expect((await harness.run(rescueTable, whole)).error).toBeUndefined();
  expect(await eventsDigest('events')).toEqual(rows);
  expect(await shapeOf()).toEqual(shape);

  const beside = { ...input, copyId: copy.id, table: 'events', how: 'beside', name: 'events_then' } as const;
  expect((await harness.run(rescueTable, beside)).error).toBeUndefined();
  expect(await eventsDigest('events_then')).toEqual(rows);
});
