import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KnownFile } from '@/lib/engine/define-job';
import type { Moment } from '@/lib/engine/wal-records';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import findMoment from '@/lib/jobs/find-moment';
import { restorePhysical } from '@/lib/procedures/physical-restore';
import { type RecoveryTarget, recoveryTargetSchema } from '@/lib/procedures/recovery-target';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser } from '@/lib/testing/superuser';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';
import { callTool } from '@/workers/runner/tool-call';

let stanza: TestStanza;
let harness: JobHarness;
let session: InstanceSession;
const scratch = scratchDirectory('moment');
const relationFiles: KnownFile[] = [];
const started = new Date(Date.now() - 60_000).toISOString();

const run = async (sql: string) => {
  const [row] = await session.query(sql);
  return row;
};

/** As the collector does after each change: which file the table has. */
async function seen(table: string): Promise<void> {
  const row = await run(
    `select (select oid::text from pg_database where datname = current_database()) as database_oid,
       '${table}'::regclass::oid::text as oid, pg_relation_filenode('${table}')::text as filenode`,
  );
  relationFiles.unshift({
    databaseOid: String(row?.database_oid),
    oid: String(row?.oid),
    table,
    filenode: String(row?.filenode),
    seenFrom: new Date().toISOString(),
    seenUntil: null,
  });
}

async function find(
  table?: string,
  more: { database?: string; from?: string; to?: string; minRows?: number } = {},
) {
  const input = { database: 'postgres', table, from: started, ...more };
  const result = await harness.run(findMoment, input);
  if (result.error) throw result.error;
  const facts = result.evidence[0]?.facts as unknown as {
    moments: Moment[];
    notes: string[];
    segments: number;
  };
  return { ...facts, moments: facts.moments.toReversed() };
}

beforeAll(async () => {
  stanza = await startStanza({ cipher: true });
  const { server } = stanza;
  session = await connectInstance({
    ...{ host: server.host, port: server.port, user: server.superuser, password: server.password },
    ...{ database: 'postgres', tlsMode: 'disable', applicationName: 'test', connectTimeoutMs: 5_000 },
  });
  await stanza.backup();
  harness = await jobHarness({
    server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
    relationFiles,
  });
  for (const table of ['orders', 'other']) {
    await run(`create table public.${table} (id int primary key, note text)`);
    await run(`insert into public.${table} select n, 'x' from generate_series(1, 1000) n`);
    await seen(`public.${table}`);
  }
}, 60_000);

afterAll(async () => {
  await session?.close();
  harness?.close();
  await stanza?.stop();
  scratch.remove();
});

test('deletes, an emptying, a rewrite and the drop of one table are told apart, and others’ are left out', async () => {
  await run('delete from public.orders where id % 2 = 0');
  await run('delete from public.orders where id = 1');
  await run('update public.orders set note = null');
  await run('begin');
  await run('delete from public.orders');
  await run('rollback');
  await run('begin');
  await run('savepoint inside');
  await run('delete from public.orders where id < 500');
  await run('release inside');
  await run('delete from public.other');
  await run('commit');
  await stanza.archiveNow();
  await run('vacuum full public.orders');
  await seen('public.orders');
  const before = await run('select pg_current_wal_lsn()::text as lsn');
  await run('truncate public.orders');
  // Nobody looked between: its new file is learned from the WAL itself.
  await run(`insert into public.orders select n, 'y' from generate_series(1, 300) n`);
  await run('delete from public.orders where id <= 200');
  await run('drop table public.orders');
  await stanza.archiveNow();
  const { moments, notes, segments } = await find('public.orders');
  expect(moments.map(({ what, rows }) => [what, rows])).toEqual([
    ['delete', 500],
    ['update', 499],
    ['delete', 249],
    ['rewrite', null],
    ['truncate', null],
    ['delete', 200],
    ['drop', null],
  ]);
  expect(moments.every(({ table }) => table === 'public.orders')).toBe(true);
  expect(notes.filter((note) => !note.includes('not archived yet'))).toEqual([]);
  expect(segments).toBeGreaterThan(1);
  const truncate = moments[4];
  const at = async (a: string | undefined, b: unknown) =>
    (await run(`select pg_wal_lsn_diff('${a}', '${b}')::float8 as bytes`))?.bytes as number;
  // Before its lock, which would keep everybody from a paused copy's table, and after all that was committed then.
  expect(await at(truncate?.targetLsn, before?.lsn)).toBeGreaterThanOrEqual(0);
  expect(await at(truncate?.commitLsn, truncate?.targetLsn)).toBeGreaterThan(0);
  for (const moment of moments) {
    expect(recoveryTargetSchema.safeParse((moment as unknown as { target: unknown }).target).success).toBe(
      true,
    );
  }
  expect((await find('public.other')).moments.map(({ what, rows }) => [what, rows])).toEqual([
    ['delete', 1000],
  ]);
});

test('what is not archived yet is read from the server’s own files', async () => {
  await run('create table public.fresh (id int)');
  await seen('public.fresh');
  await run('begin');
  await run('drop table public.fresh');
  await run(`prepare transaction 'p'`).catch(() => run('rollback'));
  await run('drop table if exists public.fresh');
  const { moments, notes } = await find('public.fresh');
  expect(moments.map(({ what }) => what)).toEqual(['drop']);
  expect(notes.join(' ')).toMatch(/not archived yet/);
});

test('a table that was never seen: what went is listed with its files; a span without it is empty', async () => {
  await run('create table public.unseen (id int)');
  await run('drop table public.unseen');
  await stanza.archiveNow();
  const plan = await harness.plan(findMoment, {
    database: 'postgres',
    table: 'public.unseen',
    from: started,
  });
  expect(plan.warnings.join(' ')).toMatch(/never saw public\.unseen/);
  const { moments } = await find('public.unseen');
  expect(moments.at(-1)).toMatchObject({ what: 'drop', table: null });
  const early = await find('public.orders', {
    from: new Date(Date.now() - 7200_000).toISOString(),
    to: new Date(Date.now() - 3600_000).toISOString(),
  });
  expect(early.moments).toEqual([]);
});

test('a database that was dropped: the moment is found after it is gone, and a copy that ends there has it', async () => {
  await run('create database shop');
  const shop = await openAsSuperuser(stanza.server, 'shop');
  await shop.query('create table public.carts (id int)');
  await shop.query('insert into public.carts values (7)');
  const [row] = await shop.query(
    `select (select oid::text from pg_database where datname = current_database()) as database, 'carts'::regclass::oid::text as oid,
       pg_relation_filenode('carts')::text as filenode`,
  );
  await shop.close();
  // As the collector has seen it while it was there.
  const known = relationFiles.splice(0, relationFiles.length, {
    ...{ databaseOid: String(row?.database), oid: String(row?.oid), table: 'public.carts' },
    ...{ filenode: String(row?.filenode), seenFrom: started, seenUntil: null },
  });
  await run('create table public.later (id int)');
  await run('drop database shop');
  const dropped = await run('select clock_timestamp()::text as at');
  await run('drop table public.later');
  await stanza.archiveNow();
  const { moments } = await find(undefined, { database: 'shop' });
  relationFiles.splice(0, relationFiles.length, ...known);
  expect(moments.map(({ what }) => what)).toEqual(['drop-database']);
  const [moment] = moments;
  expect(Date.parse(moment?.at ?? '')).toBeLessThanOrEqual(Date.parse(String(dropped?.at)));

  const { target } = moment as unknown as { target: RecoveryTarget };
  const directory = `${scratch.path}/copy`;
  makeOwnedDirectory(directory, toolUserName());
  const { signal } = new AbortController();
  const place = {
    runDir: directory,
    user: toolUserName(),
    applicationName: 'test',
    signal,
    passfile: new Set<string>(),
  };
  const copy = await restorePhysical(
    {
      ...{ signal, log: () => undefined, progress: () => undefined },
      tool: (call) => callTool(call, { ...place, log: () => undefined }, undefined),
    },
    {
      ...{ stanza: stanza.stanza, configFile: stanza.configFile, repository: 1, timeline: 1 },
      ...{ target, directory, action: 'pause', name: 'copy_test', processMax: 1 },
    },
  );
  const session = await copy.server.connect('shop');
  expect(await session.query('select id from public.carts')).toEqual([{ id: 7 }]);
  await session.close();
  await copy.server.stop();
});

test('without an archive, or with a span that ends before it begins, the plan says what to do', async () => {
  const bare = await jobHarness({ server: stanza.server });
  const plan = await bare.plan(findMoment, {
    database: 'postgres',
    from: '2026-01-02T00:00:00Z',
    to: '2026-01-01T00:00:00Z',
  });
  expect(plan.blockers.map(({ message }) => message)).toEqual([
    expect.stringMatching(/no archive of WAL/),
    expect.stringMatching(/no beginning before its end/),
  ]);
  bare.close();
});
