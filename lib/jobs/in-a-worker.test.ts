import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyJob } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import logicalBackup from '@/lib/jobs/logical-backup';
import createAhead from '@/lib/jobs/partition-create-ahead';
import dropEmpty from '@/lib/jobs/partition-drop-empty';
import reindex from '@/lib/jobs/reindex-concurrently';
import restoreDrill from '@/lib/jobs/restore-drill';
import { type EngineWorld, engineWorld, leftovers } from '@/lib/testing/engine-world';
import { hostileNames, hostileSchemaSql } from '@/lib/testing/hostile-database';
import { runSql } from '@/lib/testing/superuser';
import type { RunningWorker } from '@/workers/worker';

const kinds = {
  'logical-backup': logicalBackup,
  'restore-drill': restoreDrill,
  'reindex-concurrently': reindex,
  'partition-create-ahead': createAhead,
  'partition-drop-empty': dropEmpty,
} as unknown as Record<string, AnyJob>;

let world: EngineWorld;
let worker: RunningWorker;

const { database } = hostileNames;

/** Plans and runs a kind as the console does: rows, outbox, worker. */
async function run(kind: string, input: Parameters<EngineWorld['plan']>[1]): Promise<string> {
  const planId = await world.plan(kind, input);
  const plan = await world.db
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  expect(plan.error).toBeNull();
  expect(plan.document?.blockers).toEqual([]);
  const runId = await world.start(planId);
  await world.until(runId, ['succeeded', 'failed', 'cancelled', 'needs-decision'], 60_000);
  return runId;
}

async function rowOf(runId: string) {
  return world.db
    .selectFrom('runs')
    .select(['state', 'error'])
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
}

beforeAll(async () => {
  world = await engineWorld(kinds);
  worker = await world.startWorker({ leaseSeconds: 10 });
  await runSql(world.watched, 'postgres', [`create database ${quoteIdent(database)}`]);
  await runSql(world.watched, database, [
    ...hostileSchemaSql(),
    'create table logs (at date) partition by range (at)',
    `create table logs_2031 partition of logs for values from ('2031-01-01') to ('2032-01-01')`,
    'create table counted (id int primary key)',
  ]);
});

afterAll(async () => {
  await worker.stop();
  await world.stop();
});

test('a worker backs up, drills the newest backup, and the evidence of both is stored', async () => {
  const backupRun = await run('logical-backup', { database });
  expect(await rowOf(backupRun)).toEqual({ state: 'succeeded', error: null });
  const drillRun = await run('restore-drill', { database });
  expect(await rowOf(drillRun)).toEqual({ state: 'succeeded', error: null });
  const evidence = await world.db.selectFrom('evidence').selectAll().orderBy('observed_at').execute();
  expect(evidence.map((row) => [row.type, row.verdict, row.database])).toEqual([
    ['backup', 'pass', database],
    ['drill', 'pass', database],
  ]);
  expect(evidence[1]?.facts).toMatchObject({
    backupId: evidence[0]?.backup_id,
    restoreSeconds: expect.any(Number),
  });
  expect(leftovers(world)).toEqual([]);
});

test('a worker rebuilds an index, makes partitions, and takes them back', async () => {
  const reindexRun = await run('reindex-concurrently', { database, schema: 'public', index: 'counted_pkey' });
  expect(await rowOf(reindexRun)).toEqual({ state: 'succeeded', error: null });
  const table = { database, schema: 'public', table: 'logs' };
  const createRun = await run('partition-create-ahead', { ...table, count: 2 });
  expect(await rowOf(createRun)).toEqual({ state: 'succeeded', error: null });
  const step = await world.db
    .selectFrom('run_steps')
    .select('output')
    .where('run_id', '=', createRun)
    .where('name', '=', 'create')
    .executeTakeFirstOrThrow();
  const dropRun = await run('partition-drop-empty', { ...table, ...step.output });
  expect(await rowOf(dropRun)).toEqual({ state: 'succeeded', error: null });
  expect(leftovers(world)).toEqual([]);
});
