import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlumblineError } from '@/lib/base/errors';
import { quoteIdent } from '@/lib/instance/quote';
import logicalBackup from '@/lib/jobs/logical-backup';
import { readManifest } from '@/lib/procedures/dump-archive';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { childrenOf, sendSignal } from '@/lib/tools/process-groups';

let server: TestPostgres;
let harness: JobHarness;

const sql = (database: string, statements: string[]) => runSql(server, database, statements);

/** Every file below a folder, relative. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  await sql('postgres', [
    `create database ${quoteIdent(hostileNames.database)}`,
    'create database big',
    'create database guarded',
  ]);
  await sql(hostileNames.database, hostileSchemaSql());
  await sql('big', [
    'create table wide as select g as id, md5(g::text) || md5((g * 7)::text) as body from generate_series(1, 200000) g',
    'create table small as select g as id from generate_series(1, 10) g',
  ]);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('plans without writing, then backs up a database of hostile names and counts its rows', async () => {
  const { database, schema, table, newline, option } = hostileNames;
  const draft = await harness.plan(logicalBackup, { database });
  expect(draft.blockers).toEqual([]);
  expect(filesBelow(harness.repositoryDir)).toEqual([]);
  expect(draft.acts[0]?.argv?.join(' ')).toContain(`dbname='host=elsewhere dbname=\\'x\\'`);

  const run = await harness.run(logicalBackup, { database });
  expect(run.error).toBeUndefined();
  const backup = harness.backups.get(run.runId);
  const manifest = await readManifest(backup?.path ?? '', String(backup?.facts.manifestSha256));
  const rows = Object.fromEntries(manifest.tables.map((entry) => [entry.name, entry.rows]));
  expect(rows).toEqual({ [table]: 500, [newline]: 300, [option]: 0 });
  expect(manifest.tables.every((entry) => entry.schema === schema)).toBe(true);
  expect(manifest.catalog.foreignKeys).toHaveLength(1);
  expect(manifest.catalog.sequences.map((sequence) => sequence.owner?.table).sort()).toEqual(
    [newline, table].sort(),
  );
  expect(filesBelow(harness.repositoryDir).some((file) => file.includes('.partial'))).toBe(false);
  expect(readFileSync(path.join(backup?.path ?? '', 'roles.sql'), 'utf8')).toContain(
    quoteIdent(hostileNames.role),
  );
  const evidence = run.evidence.find((entry) => entry.type === 'backup');
  expect(evidence?.facts).toMatchObject({
    rows: 800,
    tables: 3,
    snapshotLsn: expect.stringMatching(/^[0-9A-F]+\//),
  });
  expect(logicalBackup.undo).toHaveProperty('none');
});

test('F28: a killed pg_dump leaves no backup, no folder and no session on the server', async () => {
  let killed = 0;
  const run = await harness.run(
    logicalBackup,
    { database: 'big' },
    {
      onLog: (text) => {
        if (!text.includes('dumping contents') || killed > 0) return;
        for (const child of childrenOf(process.pid)) {
          if (!readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').includes('pg_dump')) continue;
          sendSignal(child.pid, 'SIGKILL');
          killed += 1;
        }
      },
    },
  );
  expect(killed).toBe(1);
  expect(run.state).toBe('failed');
  expect((run.error as PlumblineError).message).toContain('SIGKILL');
  expect(harness.backups.has(run.runId)).toBe(false);
  expect(run.evidence).toEqual([]);
  expect(filesBelow(harness.repositoryDir).filter((file) => file.includes(run.runId))).toEqual([]);
  const session = await openAsSuperuser(server, 'big');
  const left = await session.query(
    `select pid from pg_stat_activity where application_name like 'plumbline/%'`,
  );
  expect(left).toEqual([]);
  await session.close();
});

test('a cancel in the middle of the dump ends it and leaves nothing', async () => {
  const stop = new AbortController();
  const run = await harness.run(
    logicalBackup,
    { database: 'big' },
    { signal: stop.signal, onLog: (text) => text.includes('dumping contents') && stop.abort() },
  );
  expect(run.error).toMatchObject({ code: 'cancelled' });
  expect(filesBelow(harness.repositoryDir).filter((file) => file.includes(run.runId))).toEqual([]);
});

test('a dump whose data was damaged before the check is no backup and the file is named', async () => {
  let damagedFile = '';
  const run = await harness.run(
    logicalBackup,
    { database: 'big', jobs: 1 },
    {
      onTool: (call) => {
        if (call.program !== 'pg_restore') return;
        const dump = call.args.at(-1) ?? '';
        damagedFile = readdirSync(dump).find((name) => name.endsWith('.dat.gz')) ?? '';
        const file = path.join(dump, damagedFile);
        const bytes = readFileSync(file);
        bytes.fill(0x55, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64);
        writeFileSync(file, bytes);
      },
    },
  );
  expect((run.error as PlumblineError).message).toContain(damagedFile);
  expect(harness.backups.has(run.runId)).toBe(false);
});

test('what the login may not read is a blocker that names it and its mend', async () => {
  await sql('guarded', [
    `create role saver login password 'x'`,
    'create table secret (id int)',
    'create table fenced (id int)',
    'alter table fenced enable row level security',
    'grant select on fenced to saver',
    `select lo_from_bytea(0, 'text')`,
  ]);
  const poor = await jobHarness({ server, logins: { backup: { user: 'saver', password: 'x' } } });
  const { blockers } = await poor.plan(logicalBackup, { database: 'guarded' });
  expect(blockers.map((blocker) => blocker.message).join('\n')).toMatch(
    /public\.secret[\s\S]*public\.fenced[\s\S]*1 large object/,
  );
  await expect(poor.plan(logicalBackup, { database: 'nowhere' })).rejects.toMatchObject({
    code: 'bad-input',
    fields: { database: expect.any(String) },
  });
  poor.close();
});

test('without pg_dump of the server’s major or newer, the package is named', async () => {
  const bare = await jobHarness({ server, missingPrograms: ['pg_dump'] });
  const { blockers } = await bare.plan(logicalBackup, { database: 'big' });
  expect(blockers[0]?.next).toContain(`postgresql-client-${server.programs.major}`);
  bare.close();
  expect(existsSync(bare.repositoryDir)).toBe(false);
});

test('a standby is backed up as well, its snapshot and position its own', async () => {
  const standby = await startStandby(server);
  const reader = await jobHarness({ server: standby, role: 'standby' });
  const { warnings } = await reader.plan(logicalBackup, { database: hostileNames.database });
  expect(warnings.join()).toContain('max_standby_streaming_delay');
  const run = await reader.run(logicalBackup, { database: hostileNames.database });
  expect(run.error).toBeUndefined();
  expect(run.evidence[0]?.facts).toMatchObject({ rows: 800, takenFrom: 'standby' });
  reader.close();
  await standby.stop();
});
