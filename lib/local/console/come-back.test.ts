import { readFileSync, statSync, truncateSync } from 'node:fs';
import { Migrator, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { checkComeBack, comeBack, comeBackLines } from '@/lib/local/console/come-back';
import { consoleDumpsIn, dumpConsole } from '@/lib/local/console/dump';
import { asRole } from '@/lib/local/console-servers';
import { ensureDatabase, ensureRole, withSession } from '@/lib/local/sql';
import { ensureKeyFile } from '@/lib/secrets/key-file';
import { listConsoleDumps } from '@/lib/store/console-dumps';
import { turnDays } from '@/lib/store/day-partitions';
import { openStore } from '@/lib/store/db';
import { registerWorkerKey } from '@/lib/store/worker-keys';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';
import { addFleet } from '@/lib/testing/engine-parts';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runToolOrFail } from '@/lib/tools/process';
import { migrations } from '@/migrations/all';
import { ensureProcessRoles } from '@/migrations/migrate';

const scratch = scratchDirectory('come-back');
const folder = `${scratch.path}/dumps`;
const keyFile = `${scratch.path}/key`;
const days = (count: number) => new Date(Date.now() + count * 86_400_000);

let old: ConsoleDatabase;
/** Another machine's server, on which not even the roles are. */
let fresh: TestPostgres;
let keyId: string;

async function emptyDatabase(name: string): Promise<string> {
  await withSession(fresh.superuserUrl, async (session) => {
    await ensureRole(session, 'somebody', 'secret', 'createrole');
    await ensureDatabase(session, name, 'somebody');
  });
  return fresh.url(name, 'somebody', 'secret');
}

async function withOwner<T>(url: string, use: (db: ReturnType<typeof openStore>['db']) => Promise<T>) {
  const { db, close } = openStore(url, { applicationName: 'test' });
  try {
    return await use(db);
  } finally {
    await close();
  }
}

beforeAll(async () => {
  [old, fresh] = await Promise.all([consoleDatabase(), startPostgres()]);
  await withOwner(old.workerUrl, (db) => turnDays(db));
  const key = await ensureKeyFile(keyFile);
  keyId = key.keyId;
  await withOwner(old.ownerUrl, async (db) => {
    await registerWorkerKey(db, key);
    const { clusterId, instanceId } = await addFleet(db, fresh);
    await sql`
      insert into users (id, email, name, role, password_hash)
      values (${newId()}, 'ann@example.org', 'Ann "O''Hara"', 'dba', 'hash')`.execute(db);
    await sql`
      insert into instance_logins (instance_id, purpose, username, sealed, key_id)
      values (${instanceId}, 'watch', 'w', 'x', ${keyId})`.execute(db);
    const planId = newId();
    await sql`
      insert into plan_requests (id, kind, cluster_id, input, requested_by_name)
      values (${planId}, 'k', ${clusterId}, '{}', 't')`.execute(db);
    await sql`
      insert into plans (id, kind, definition_version, cluster_id, state)
      values (${planId}, 'k', 1, ${clusterId}, 'ready')`.execute(db);
    for (const state of ['queued', 'running', 'succeeded']) {
      await sql`
        insert into runs (id, plan_id, plan_hash, kind, definition_version, cluster_id, state, idempotency_key, requested_by_name)
        values (${newId()}, ${planId}, 'h', 'k', 1, ${clusterId}, ${state}, ${state}, 't')`.execute(db);
    }
  });
}, 120_000);

afterAll(async () => {
  await fresh?.stop();
  await old?.drop();
  scratch.remove();
});

test('the nightly dump is read back, told of, private, and only the newest stay', async () => {
  for (const day of [-3, -2, -1, 0]) {
    await dumpConsole({ ownerUrl: old.ownerUrl, folder, keep: 2, keyFile, now: days(day) });
  }
  const files = consoleDumpsIn(folder);
  expect(files).toHaveLength(2);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const note = readFileSync(`${folder}/HOW-TO-COME-BACK.txt`, 'utf8');
  expect(note).toContain(keyFile);
  expect(note).toContain(keyId);
  const told = await withOwner(old.webUrl, (db) => listConsoleDumps(db, 10));
  expect(told.map(({ state }) => state)).toEqual(['ready', 'ready', 'removed', 'removed']);
  expect(told[0]).toMatchObject({ path: files[0], bytes: statSync(files[0] ?? '').size, keyIds: [keyId] });
});

test('a dump that cannot be made leaves nothing half, and says why', async () => {
  await withOwner(old.ownerUrl, async (db) => {
    // Somebody alters a table for longer than the dump waits for it.
    await db.transaction().execute(async (trx) => {
      await sql`lock table clusters in access exclusive mode`.execute(trx);
      const controller = new AbortController();
      const dump = dumpConsole({
        ownerUrl: old.ownerUrl,
        folder: `${scratch.path}/other`,
        keep: 2,
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), 300);
      await expect(dump).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
  expect(consoleDumpsIn(`${scratch.path}/other`)).toEqual([]);
  const full = dumpConsole({ ownerUrl: old.ownerUrl, folder: keyFile, keep: 2 });
  await expect(full).rejects.toThrow();
  const [last] = await withOwner(old.webUrl, (db) => listConsoleDumps(db, 1));
  expect(last).toMatchObject({ state: 'failed', problem: expect.stringMatching(/EEXIST|ENOTDIR/) });
});

test('comes back on another machine: rows, rights, owners of days; what was under way is ended', async () => {
  const [dump = ''] = consoleDumpsIn(folder);
  const ownerUrl = await emptyDatabase('plumbline');
  const passwords = { webPassword: 'new web', workerPassword: 'new worker' };
  const back = await comeBack({ ownerUrl, dump, keyFile, passwords });
  expect(back).toMatchObject({
    people: 1,
    clusters: 1,
    instances: 1,
    runs: 3,
    endedRuns: 2,
    sealedSecrets: 1,
    closedSecrets: 0,
    migrated: [],
  });
  expect(comeBackLines(back).join('\n')).toContain('1 people, 1 clusters with 1 servers');
  const rights = await withOwner(asRole(ownerUrl, 'plumbline_web', 'new web'), async (db) => {
    await expect(sql`select sealed from instance_logins`.execute(db)).rejects.toThrow(/permission denied/);
    const { rows } = await sql<{ state: string }>`select state from runs order by state`.execute(db);
    return rows.map(({ state }) => state);
  });
  expect(rights).toEqual(['cancelled', 'failed', 'succeeded']);
  // The worker makes new days and drops old ones: they are its own again.
  const turned = await withOwner(asRole(ownerUrl, 'plumbline_worker', 'new worker'), (db) =>
    turnDays(db, days(200)),
  );
  expect(turned.dropped.length).toBeGreaterThan(10);
  const again = comeBack({ ownerUrl, dump, keyFile, passwords });
  await expect(again).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/not empty/),
  });
});

test('does not come back without the fitting key file, unless told to', async () => {
  const [dump = ''] = consoleDumpsIn(folder);
  const other = `${scratch.path}/other-key`;
  const { keyId: otherId } = await ensureKeyFile(other);
  await expect(checkComeBack(dump, `${scratch.path}/none`)).rejects.toMatchObject({
    message: expect.stringContaining(keyId),
    next: expect.stringMatching(/without-key/),
  });
  await expect(checkComeBack(dump, other)).rejects.toThrow(otherId);
  const ownerUrl = await emptyDatabase('without_key');
  const back = await comeBack({ ownerUrl, dump, keyFile: undefined });
  expect(back.closedSecrets).toBe(1);
  expect(comeBackLines(back).join('\n')).toMatch(/1 of 1 stored secrets need another key/);
});

test('an older dump is brought up to date, a newer one, a foreign one and a damaged one are refused', async () => {
  // As a version left it that knew no more steps than these.
  const olderUrl = await emptyDatabase('was_older');
  await ensureProcessRoles(olderUrl);
  await withOwner(olderUrl, async (db) => {
    const known = Object.entries(migrations).filter(([name]) => name < '0018');
    const provider = { getMigrations: async () => Object.fromEntries(known) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    expect(error).toBeUndefined();
  });
  const { programs } = old.server;
  const dump = async (name: string, url: string) => {
    const file = `${scratch.path}/${name}.dump`;
    await runToolOrFail({
      argv: [`${programs.directory}/pg_dump`, `--dbname=${url}`, '--format=custom', `--file=${file}`],
      deadlineMs: 60_000,
    });
    return file;
  };
  const older = await dump('older', olderUrl);
  const back = await comeBack({ ownerUrl: await emptyDatabase('older'), dump: older, keyFile });
  expect(back.migrated).toContain('0020-when-all-is-gone');
  await withOwner(old.ownerUrl, (db) =>
    sql`insert into kysely_migration (name, timestamp) values ('9999-later', '')`.execute(db),
  );
  await expect(checkComeBack(await dump('newer', old.ownerUrl), keyFile)).rejects.toThrow(/newer version/);
  await expect(checkComeBack(await dump('foreign', fresh.superuserUrl), keyFile)).rejects.toThrow(
    /not of a console/,
  );
  truncateSync(older, statSync(older).size - 500);
  const ownerUrl = await emptyDatabase('damaged');
  await expect(comeBack({ ownerUrl, dump: older, keyFile })).rejects.toThrow();
  const left = await withSession(ownerUrl, (session) =>
    session.run(`select count(*)::int as tables from pg_tables where schemaname = 'public'`),
  );
  expect(left).toEqual([{ tables: 0 }]);
});
