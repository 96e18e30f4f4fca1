import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlumblineError } from '@/lib/base/errors';
import { quoteIdent } from '@/lib/instance/quote';
import logicalBackup from '@/lib/jobs/logical-backup';
import restoreDrill from '@/lib/jobs/restore-drill';
import { type Manifest, sha256Of } from '@/lib/procedures/dump-archive';
import type { DrillCheck } from '@/lib/procedures/validation';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { runSql } from '@/lib/testing/superuser';
import { listProcesses } from '@/lib/tools/process-groups';

let server: TestPostgres;
let harness: JobHarness;
let hostileBackup: string;

async function backUp(database: string): Promise<string> {
  const run = await harness.run(logicalBackup, { database });
  expect(run.error).toBeUndefined();
  return run.runId;
}

function checksOf(run: HarnessRun): Record<string, DrillCheck> {
  const evidence = run.evidence.find((entry) => entry.type === 'drill');
  const checks = evidence?.facts.checks as unknown as DrillCheck[];
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

/** Processes whose command line names this folder: servers of a drill, tools that work in it. */
function processesOf(folder: string): number {
  return listProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  }).length;
}

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  await runSql(server, 'postgres', [
    `create database ${quoteIdent(hostileNames.database)}`,
    'create database orphaned',
    'create database plain',
  ]);
  await runSql(server, hostileNames.database, [
    ...hostileSchemaSql(),
    `select lo_from_bytea(0, decode(md5(g::text), 'hex')) from generate_series(1, 3) g`,
    'create extension pg_trgm schema public',
    'create table parted (at date not null, id bigserial, primary key (at, id)) partition by range (at)',
    `create table parted_2024 partition of parted for values from ('2024-01-01') to ('2025-01-01')`,
    `insert into parted (at) select date '2024-01-01' + g from generate_series(0, 99) g`,
    'create table child (at date, id bigint, foreign key (at, id) references parted (at, id) match full)',
    'insert into child select at, id from parted',
    'create materialized view digest as select count(*) from parted',
    'alter table parted enable row level security',
    'create policy mine on parted using (true)',
  ]);
  await runSql(server, 'orphaned', [
    'create table parent (id int primary key)',
    'create table kid (id int primary key, parent_id int constraint kid_parent references parent)',
    'insert into parent select g from generate_series(1, 50) g',
    'insert into kid select g, g from generate_series(1, 50) g',
    'alter table parent disable trigger all',
    'delete from parent where id = 42',
    'alter table parent enable trigger all',
  ]);
  hostileBackup = await backUp(hostileNames.database);
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('a sound backup of hostile names passes every check, and nothing of the drill is left', async () => {
  const draft = await harness.plan(restoreDrill, { backupId: hostileBackup });
  expect(draft.blockers).toEqual([]);
  expect(draft.warnings).toEqual([]);
  const run = await harness.run(restoreDrill, { backupId: hostileBackup });
  expect(run.error).toBeUndefined();
  const evidence = run.evidence.find((entry) => entry.type === 'drill');
  expect(evidence).toMatchObject({
    verdict: 'pass',
    backupId: hostileBackup,
    database: hostileNames.database,
  });
  expect(Object.keys(checksOf(run)).sort()).toEqual([
    'amcheck',
    'checksums',
    'extensions',
    'foreign-keys',
    'indexes',
    'large-objects',
    'locale',
    'objects',
    'restore',
    'roles',
    'row-counts',
    'sequences',
  ]);
  expect(evidence?.facts.restoreSeconds).toBeGreaterThan(0);
  expect(Object.keys(evidence?.facts.phases as object)).toEqual(
    expect.arrayContaining(['checksums', 'start', 'roles', 'restore', 'row-counts', 'amcheck', 'stop']),
  );
  expect(evidence?.facts.notChecked).toEqual(expect.arrayContaining([expect.stringContaining('passwords')]));
  expect(processesOf(run.runDir)).toBe(0);
});

test('a damaged dump file fails the drill by its name, and nothing is restored', async () => {
  const backupId = await backUp(hostileNames.database);
  const folder = harness.backups.get(backupId)?.path ?? '';
  const name = readdirSync(path.join(folder, 'dump')).find((file) => file.endsWith('.dat.gz')) ?? '';
  const file = path.join(folder, 'dump', name);
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
  const run = await harness.run(restoreDrill, { backupId });
  expect(run.state).toBe('failed');
  expect((run.error as PlumblineError).message).toContain(`dump/${name}`);
  expect(run.evidence[0]).toMatchObject({ type: 'drill', verdict: 'fail', facts: { restoreSeconds: null } });

  writeFileSync(path.join(folder, 'manifest.json'), '{}');
  const changed = await harness.run(restoreDrill, { backupId });
  expect(changed.evidence[0]?.verdict).toBe('fail');
  expect((changed.error as PlumblineError).message).toContain('manifest.json');
});

test('an orphan of a foreign key fails the drill and is named', async () => {
  const backupId = await backUp('orphaned');
  const run = await harness.run(restoreDrill, { database: 'orphaned' });
  expect(run.state).toBe('failed');
  expect(run.evidence[0]).toMatchObject({ verdict: 'fail', backupId });
  const checks = checksOf(run);
  expect(checks['foreign-keys']?.detail).toBe(
    'kid_parent on public.kid: 1 rows refer to no row of public.parent, such as (42)',
  );
  expect(checks.restore?.verdict).toBe('fail');
  expect(checks['row-counts']?.verdict).toBe('pass');
  expect(processesOf(run.runDir)).toBe(0);
});

test('a cancel in the middle leaves no server, no files and no verdict', async () => {
  const stop = new AbortController();
  let data = '';
  const run = await harness.run(
    restoreDrill,
    { backupId: hostileBackup },
    {
      signal: stop.signal,
      onTool: (call) => {
        if (!call.args.includes('--verbose')) return;
        data = `${String(call.args.find((arg) => arg.startsWith('--host='))).slice(7, -2)}/data`;
        expect(existsSync(data)).toBe(true);
        stop.abort();
      },
    },
  );
  expect(run.error).toMatchObject({ code: 'cancelled' });
  expect(run.evidence).toEqual([]);
  expect(existsSync(data)).toBe(false);
  expect(processesOf(run.runDir)).toBe(0);
});

test('what is missing on the worker is a blocker that names its package; an unknown backup is a wrong input', async () => {
  const bare = await jobHarness({ server, missingPrograms: ['postgres', 'pg_amcheck'] });
  const backup = harness.backups.get(hostileBackup);
  if (backup) bare.backups.set(hostileBackup, { ...backup, clusterId: bare.target.clusterId });
  const { blockers } = await bare.plan(restoreDrill, { backupId: hostileBackup });
  const { major } = server.programs;
  expect(blockers.map((blocker) => blocker.next).join()).toMatch(
    new RegExp(`postgresql-${major} .*postgresql-client-${major} `),
  );
  bare.close();
  await expect(harness.plan(restoreDrill, { backupId: crypto.randomUUID() })).rejects.toMatchObject({
    fields: { backupId: expect.any(String) },
  });
});

test('an extension that this worker lacks makes the verdict partial, and is named before and after', async () => {
  const backupId = await backUp('plain');
  const backup = harness.backups.get(backupId);
  if (!backup) throw new Error('no backup');
  const file = path.join(backup.path, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  manifest.catalog.extensions.push({ name: 'absent_ext', version: '1.0' });
  const text = JSON.stringify(manifest);
  writeFileSync(file, text);
  harness.backups.set(backupId, { ...backup, facts: { ...backup.facts, manifestSha256: sha256Of(text) } });
  expect((await harness.plan(restoreDrill, { backupId })).warnings.join()).toContain('absent_ext');
  const run = await harness.run(restoreDrill, { backupId });
  expect(run.error).toBeUndefined();
  expect(run.evidence[0]?.verdict).toBe('partial');
  expect(checksOf(run).extensions?.detail).toContain('absent_ext 1.0 is not installed');
});
