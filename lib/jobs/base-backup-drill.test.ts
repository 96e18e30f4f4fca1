import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import baseBackupDrill from '@/lib/jobs/base-backup-drill';
import type { DrillCheck } from '@/lib/procedures/validation';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { runToolOrFail } from '@/lib/tools/process';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

let server: TestPostgres;
let harness: JobHarness;
let scratch: ReturnType<typeof scratchDirectory>;
let backup: string;

beforeAll(async () => {
  scratch = scratchDirectory('base');
  const archive = `${scratch.path}/wal`;
  const folder = `${scratch.path}/backups`;
  for (const one of [archive, folder]) makeOwnedDirectory(one, toolUserName());
  server = await startPostgres({ config: { archive_mode: true, archive_command: `cp %p ${archive}/%f` } });
  await runSql(server, 'postgres', [
    'create table orders (id int primary key, pad text default repeat($$x$$, 400))',
    'insert into orders select generate_series(1, 100)',
  ]);
  backup = `${folder}/sunday`;
  await runToolOrFail({
    argv: [
      programPath(server.programs, 'pg_basebackup'),
      ...[`--pgdata=${backup}`, `--dbname=${server.superuserUrl}`, '--checkpoint=fast', '--no-sync'],
    ],
    user: toolUserName(),
    deadlineMs: 60_000,
  });
  await runSql(server, 'postgres', ['insert into orders values (101)']);
  harness = await jobHarness({ server, baseBackups: { folder, fetchCommand: `cp ${archive}/%f "%p"` } });
});

afterAll(async () => {
  harness.close();
  await server.stop();
  scratch.remove();
});

function checksOf(run: HarnessRun): Record<string, DrillCheck> {
  const checks = run.evidence.find(({ type }) => type === 'drill')?.facts.checks as unknown as DrillCheck[];
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

test('a base backup of another tool is verified, recovered to the heartbeat and left as it was', async () => {
  const run = await harness.run(baseBackupDrill, {
    name: 'sunday',
    assertions: ['postgres: select count(*) = 101 from public.orders'],
  });
  expect(run.error).toBeUndefined();
  const checks = checksOf(run);
  expect(checks.manifest?.verdict).toBe('pass');
  expect(checks.heartbeat?.verdict).toBe('pass');
  expect(checks.assertions?.verdict).toBe('pass');
  expect(existsSync(`${backup}/backup_label`)).toBe(true);
  expect(existsSync(run.runDir)).toBe(false);
});

test('a flipped bit is found by the file’s name, and what leads out of the folder is refused', async () => {
  const session = await openAsSuperuser(server, 'postgres');
  const [row] = await session.query(`select pg_relation_filepath('orders') as file`);
  await session.close();
  const file = path.join(backup, String(row?.file));
  const bytes = readFileSync(file);
  bytes[8000] = (bytes[8000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const run = await harness.run(baseBackupDrill, { name: 'sunday', compareRows: false });
  expect(run.error).toMatchObject({ message: expect.stringContaining('manifest') });
  expect(checksOf(run).manifest?.detail).toContain(`"${row?.file}"`);

  symlinkSync('/etc', `${backup}/pg_tblspc/99`);
  const draft = await harness.plan(baseBackupDrill, { name: 'sunday' });
  rmSync(`${backup}/pg_tblspc/99`);
  expect(draft.blockers.map(({ message }) => message).join()).toContain('pg_tblspc/99');
  expect((await harness.plan(baseBackupDrill, { name: 'nothing' })).blockers[0]?.message).toContain(
    'holds no data directory',
  );
  expect(baseBackupDrill.input.safeParse({ name: '../x' }).success).toBe(false);
});
