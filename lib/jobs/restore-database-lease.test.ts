import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AnyJob } from '@/lib/engine/define-job';
import logicalBackup from '@/lib/jobs/logical-backup';
import restoreDatabase from '@/lib/jobs/restore-database';
import { setCancel } from '@/lib/store/runs';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { listProcesses, sendSignal } from '@/lib/tools/process-groups';
import type { RunningWorker } from '@/workers/worker';

const kinds = { 'logical-backup': logicalBackup, 'restore-database': restoreDatabase };
const settings = { name: 'w', leaseSeconds: 1.5, beatSeconds: 0.2 };
const over = ['succeeded', 'failed', 'cancelled', 'needs-decision'] as const;

let world: EngineWorld;
let worker: RunningWorker;
let plan: string;

/** Databases beside `shop` on the watched server: name, number and rows of its table as far as they are loaded. */
async function beside(): Promise<{ name: string; oid: number; isFilling: boolean }[]> {
  const session = await openAsSuperuser(world.watched, 'postgres');
  const rows = await session
    .query(
      `select datname::text as name, oid::int4 as oid, exists (
         select from pg_stat_activity as activity
         where activity.datid = pg_database.oid and query like 'COPY %') as "isFilling"
       from pg_database where datname like 'shop_restore%'`,
    )
    .finally(() => session.close());
  return rows as unknown as Awaited<ReturnType<typeof beside>>;
}

const isFilling = async () => (await beside()).some((each) => each.isFilling);

async function rowsOf(name: string): Promise<unknown> {
  const session = await openAsSuperuser(world.watched, name);
  const [row] = await session.query('select count(*)::int4 as n from slow').finally(() => session.close());
  return row?.n;
}

/** Begins a restore and gives its run when rows are being loaded, with the number of the database. */
async function begin(): Promise<{ runId: string; oid: number }> {
  const runId = await world.start(plan, 'w');
  await eventually(isFilling, 'rows are loaded');
  return { runId, oid: (await beside())[0]?.oid ?? 0 };
}

async function logOf(runId: string): Promise<string> {
  const lines = await world.db.selectFrom('run_log').select('text').where('run_id', '=', runId).execute();
  return lines.map(({ text }) => text).join('\n');
}

/** Process groups of the pg_restore that reads this world's dump. */
function fillers(): number[] {
  const repository = world.env().PLUMBLINE_REPOSITORY_DIR ?? '';
  const ours = listProcesses().filter(({ pid }) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      return words.includes('pg_restore') && words.includes(repository);
    } catch {
      return false;
    }
  });
  return [...new Set(ours.map(({ groupId }) => groupId))];
}

/** Ends the worker as a restart does: what may outlive it goes on. */
const leave = () => worker.stop(0);

beforeAll(async () => {
  world = await engineWorld(kinds as unknown as Record<string, AnyJob>);
  await world.keepCommits();
  worker = await world.startWorker(settings);
  await runSql(world.watched, 'postgres', ['create database shop']);
  // Each row takes its time to load, so that something can happen meanwhile.
  await runSql(world.watched, 'shop', [
    'create table slow (id int check (pg_sleep(0.04)::text is not null))',
    'insert into slow select generate_series(1, 60)',
  ]);
  const backup = await world.start(await world.plan('logical-backup', { database: 'shop' }), 'w');
  expect(await world.until(backup, over, 60_000)).toBe('succeeded');
  plan = await world.plan('restore-database', { backupId: backup, check: false });
}, 120_000);
beforeEach(async () => {
  for (const { name } of await beside())
    await runSql(world.watched, 'postgres', [`drop database ${name} with (force)`]);
});
afterAll(async () => {
  await worker.stop(1_000);
  await world.stop();
});

test('the console’s database blinks longer than the lease: the restore goes on, and its rows are loaded once', async () => {
  const { runId, oid } = await begin();
  await world.console.server.kill();
  await eventually(async () => !(await isFilling()), 'all is loaded while the lease is over');
  await world.console.server.restart();
  expect(await world.until(runId, over, 60_000)).toBe('succeeded');
  expect(await beside()).toMatchObject([{ oid }]);
  expect(await rowsOf((await beside())[0]?.name ?? '')).toBe(60);
  expect(await logOf(runId)).not.toContain('Dropped what');
});

test('a worker that leaves half-way is followed by the next one, which waits for the same pg_restore', async () => {
  const { runId, oid } = await begin();
  await leave();
  worker = await world.startWorker(settings);
  expect(await world.until(runId, over, 60_000)).toBe('succeeded');
  expect(await beside()).toMatchObject([{ oid }]);
  expect(await rowsOf((await beside())[0]?.name ?? '')).toBe(60);
  expect(await logOf(runId)).toContain('of an earlier worker');
});

test('where the pg_restore was lost with its worker, the half database is made empty and filled anew', async () => {
  const { runId, oid } = await begin();
  await leave();
  for (const group of fillers()) sendSignal(-group, 'SIGKILL');
  await eventually(async () => !(await isFilling()), 'nobody loads');
  worker = await world.startWorker(settings);
  expect(await world.until(runId, over, 60_000)).toBe('succeeded');
  const [made] = await beside();
  expect(made?.oid).not.toBe(oid);
  expect(await rowsOf(made?.name ?? '')).toBe(60);
});

test('a cancel that the next worker finds leaves no half database', async () => {
  const { runId } = await begin();
  await leave();
  await world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
  worker = await world.startWorker(settings);
  expect(await world.until(runId, over, 60_000)).toBe('cancelled');
  expect(await beside()).toEqual([]);
  expect(leftovers(world, 'w')).toEqual([]);
});
