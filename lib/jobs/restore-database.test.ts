import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import dropRestored from '@/lib/jobs/drop-restored-database';
import logicalBackup from '@/lib/jobs/logical-backup';
import restoreDatabase from '@/lib/jobs/restore-database';
import { markOf } from '@/lib/procedures/database-beside-mark';
import { readTraits, traitDifferences } from '@/lib/procedures/database-carry-over';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { type StandInCopy, standInCopy } from '@/lib/testing/stand-in-copy';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let server: TestPostgres;
let harness: JobHarness;
let copy: StandInCopy;
let admin: Session;
let hostileBackup: string;

const { database, schema, table, role } = hostileNames;
const own = quoteIdent(database);

async function backUp(name: string): Promise<string> {
  const run = await harness.run(logicalBackup, { database: name });
  expect(run.error).toBeUndefined();
  return run.runId;
}

async function databases(): Promise<string[]> {
  const rows = await admin.query('select datname::text as name from pg_database order by 1');
  return rows.map((row) => String(row.name));
}

beforeAll(async () => {
  server = await startPostgres();
  copy = await standInCopy(server);
  harness = await jobHarness({
    server,
    copies: new Map([[copy.id, copy]]),
    logins: { operate: { user: 'operate', password: 'op' } },
  });
  admin = await openAsSuperuser(server, 'postgres');
  await runSql(server, 'postgres', [
    `create role operate login password 'op' createdb createrole`,
    'create role shop_owner',
    'create role shop_app login',
    'grant shop_owner to operate',
    `create database ${own}`,
    'create database shop owner shop_owner',
    'create database plain',
  ]);
  await runSql(server, database, hostileSchemaSql());
  await runSql(server, 'postgres', [
    `grant ${quoteIdent(role)}, postgres to operate`,
    `comment on database ${own} is E'a \\'comment\\'\n[plumbline no mark]'`,
    `revoke all on database ${own} from public`,
    `grant connect on database ${own} to shop_app with grant option`,
    `alter database ${own} connection limit 50`,
    `alter database ${own} set search_path = "a b", public`,
    `alter database ${own} set work_mem = '7MB'`,
    `alter role shop_app in database ${own} set statement_timeout = '5s'`,
  ]);
  await runSql(server, 'shop', [
    'create table orders (id int primary key, note text)',
    `insert into orders select g, 'note ' || g from generate_series(1, 40) g`,
    'alter table orders owner to shop_owner',
    'grant select on orders to shop_app',
  ]);
  hostileBackup = await backUp(database);
});

afterAll(async () => {
  await admin.close();
  harness.close();
  await copy.stop();
  await server.stop();
});

test('a hostile database is restored beside with all that no dump brings, and undo drops exactly that one', async () => {
  const before = await databases();
  const input = { backupId: hostileBackup };
  const draft = await harness.plan(restoreDatabase, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.params.name).toMatch(/_restore_\d{12}$/);
  expect(draft.acts.map((act) => act.sql ?? '').join()).toContain(`connection limit 50`);
  expect(await databases()).toEqual(before);

  const run = await harness.run(restoreDatabase, input);
  expect(run.error).toBeUndefined();
  const { name } = draft.params;
  const [live, restored] = [await readTraits(admin, database), await readTraits(admin, name)];
  if (!live || !restored) throw new Error('it is not there');
  expect(traitDifferences(live, restored)).toEqual([]);
  expect(restored.settings).toContainEqual({ role: 'shop_app', setting: 'statement_timeout=5s' });
  expect(restored.settings).toContainEqual({ role: null, setting: 'search_path="a b", public' });
  expect(markOf(restored.comment)).toMatchObject({
    of: database,
    made: 'restored',
    run: run.runId,
    errors: 0,
  });
  const evidence = run.evidence.find(({ phase }) => phase === 'after');
  expect(evidence).toMatchObject({ type: 'restore', verdict: 'pass', backupId: hostileBackup });
  const session = await openAsSuperuser(server, name);
  const [row] = await session.query(
    `select count(*)::float8 as count, (select count(*)::float8 from pg_statistic s join pg_class c on c.oid = s.starelid where c.relname = $1) as stats
     from ${quoteIdent(schema)}.${quoteIdent(table)}`,
    [table],
  );
  await session.close();
  expect(row).toMatchObject({ count: 500, stats: 3 });

  expect((await harness.plan(restoreDatabase, input)).blockers[0]?.message).toContain('already');
  if ('none' in restoreDatabase.undo) throw new Error('no undo');
  const undo = restoreDatabase.undo.input(run.outputs, {
    ...input,
    jobs: 2,
    check: true,
    keepWithErrors: false,
  });
  expect(undo).toEqual({ name });
  const dropped = await harness.run(dropRestored, { name });
  expect(dropped.error).toBeUndefined();
  expect(await databases()).toEqual(before);
});

test('a role that is gone is said before, fails the restore by name, and leaves nothing; kept with errors it is marked', async () => {
  await admin.query('create role passing');
  await runSql(server, 'shop', ['grant select on orders to passing']);
  const late = await backUp('shop');
  await runSql(server, 'shop', ['revoke all on orders from passing']);
  await admin.query('drop role passing');
  const draft = await harness.plan(restoreDatabase, { backupId: late });
  expect(draft.warnings.join()).toContain('passing');
  const before = await databases();
  const failed = await harness.run(restoreDatabase, { backupId: late });
  expect(failed.error).toMatchObject({
    code: 'tool-failed',
    message: expect.stringMatching(/role "passing" does not exist/),
  });
  expect(failed.evidence).toEqual([]);
  expect(await databases()).toEqual(before);

  const kept = await harness.run(restoreDatabase, {
    backupId: late,
    keepWithErrors: true,
    name: 'shop_kept',
  });
  expect(kept.error).toBeUndefined();
  expect(kept.evidence.find(({ phase }) => phase === 'after')?.verdict).toBe('fail');
  const traits = await readTraits(admin, 'shop_kept');
  expect(markOf(traits?.comment ?? null)).toMatchObject({ errors: 1 });
});

test('from an open copy: its rows of then, the rights of now, and the copy is only read', async () => {
  await copy.sql('postgres', [
    'create role shop_owner',
    'create role shop_app',
    'create database shop owner shop_owner',
  ]);
  await copy.sql('shop', [
    'create table orders (id int primary key, note text)',
    `insert into orders select g, 'then' from generate_series(1, 7) g`,
    'alter table orders owner to shop_owner',
  ]);
  const input = { copyId: copy.id, database: 'shop' };
  const draft = await harness.plan(restoreDatabase, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.argv?.join(' ')).toContain(`--dbname=host='${copy.socketDir}'`);
  const run = await harness.run(restoreDatabase, input);
  expect(run.error).toBeUndefined();
  const session = await openAsSuperuser(server, draft.params.name);
  const [row] = await session.query('select count(*)::float8 as count from orders');
  await session.close();
  expect(row?.count).toBe(7);
});

test('what the login lacks, a name that is taken or too long, and a source that is none are said before', async () => {
  const poor = await jobHarness({ server, logins: { operate: { user: 'poor', password: 'p' } } });
  await admin.query(`create role poor login password 'p'`);
  const backup = harness.backups.get(hostileBackup);
  if (backup) poor.backups.set(hostileBackup, { ...backup, clusterId: poor.target.clusterId });
  const { blockers } = await poor.plan(restoreDatabase, { backupId: hostileBackup });
  expect(blockers.map(({ message }) => message).join()).toMatch(/may not create databases.*no member of/);
  poor.close();
  const long = await harness.plan(restoreDatabase, { backupId: hostileBackup, name: 'é'.repeat(40) });
  expect(long.blockers[0]?.message).toContain('80 bytes');
  await expect(harness.plan(restoreDatabase, {})).rejects.toMatchObject({ code: 'bad-input' });
  await expect(harness.plan(restoreDatabase, { copyId: copy.id, database: 'nowhere' })).rejects.toMatchObject(
    {
      fields: { database: expect.any(String) },
    },
  );
});

test('a cancel in the middle of pg_restore leaves no database', async () => {
  const before = await databases();
  const stop = new AbortController();
  const run = await harness.run(
    restoreDatabase,
    { backupId: hostileBackup },
    { signal: stop.signal, onTool: (call) => call.connect && stop.abort() },
  );
  expect(run.state).toBe('failed');
  expect(await databases()).toEqual(before);
});
