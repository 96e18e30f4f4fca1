import { afterAll, beforeAll, expect, test } from 'vitest';
import { testInstance } from '@/lib/commands/instance-state';
import { planJob } from '@/lib/commands/plans';
import { startRun } from '@/lib/commands/runs';
import { addSchedule } from '@/lib/commands/schedules';
import { cluster as clusterView } from '@/lib/queries/clusters';
import { jobs } from '@/lib/registry/jobs.gen';
import { findInstance } from '@/lib/store/instances';
import { findPlan } from '@/lib/store/plans';
import { sqlOn } from '@/lib/testing/check-kit';
import { addTestInstance, meta, superuserLogin, type TestConsole, testConsole } from '@/lib/testing/console';
import { type EngineWorld, engineWorld } from '@/lib/testing/engine-world';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';
import { startCollector } from '@/workers/collector';
import { startTester } from '@/workers/tester';
import type { RunningWorker } from '@/workers/worker';

let world: EngineWorld;
let console: TestConsole;
let worker: RunningWorker;
let primary: TestPostgres;
let standby: TestPostgres;

beforeAll(async () => {
  [world, primary] = await Promise.all([engineWorld(jobs), startPostgres()]);
  standby = await startStandby(primary, { name: 'second' });
  await sqlOn(primary, 'postgres', 'create table kept (n int primary key)');
  console = await testConsole(world.console);
  // The whole of a worker, with its own key: logins are sealed to it, since it registers last.
  worker = await world.startWorker(
    {},
    {
      openLogin: undefined,
      parts: [
        (part) => startCollector({ ...part, tickMs: 200 }),
        (part) => startTester({ ...part, pools: part.env.PLUMBLINE_POOLS }),
      ],
    },
  );
});
afterAll(async () => {
  await worker.stop(1_000);
  await console.close();
  await Promise.all([standby.stop(), primary.stop()]);
  await world.stop();
});

async function addServer(server: TestPostgres, name: string, clusterId?: string) {
  const logins = (['watch', 'backup', 'operate'] as const).map((purpose) => superuserLogin(server, purpose));
  const added = await addTestInstance(console, server, { name, logins, clusterId });
  await testInstance(console.webDb, console.actor, { instanceId: added.instanceId, activate: true }, meta);
  await until(
    async () => (await findInstance(console.webDb, added.instanceId))?.state === 'active',
    `${name} is active`,
  );
  return added;
}

/** Plans and runs a job on the cluster, wherever its worker finds the right server, until it has succeeded. */
async function runJob(clusterId: string, kind: string, input: Record<string, string>): Promise<string> {
  const { id: planId } = await planJob(console.webDb, console.actor, { kind, clusterId, input }, meta);
  await until(async () => (await findPlan(console.webDb, planId))?.state === 'ready', `a plan of ${kind}`);
  const planHash = (await findPlan(console.webDb, planId))?.hash ?? '';
  const started = await startRun(
    console.webDb,
    console.actor,
    { planId, planHash, confirm: (await clusterView(console.webDb, clusterId)).name },
    { ...meta, idempotencyKey: planId },
  );
  expect(await world.until(started.id, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
  return started.id;
}

const instanceOf = async (runId: string) =>
  (await console.ownerDb.selectFrom('runs').select('instance_id').where('id', '=', runId).executeTakeFirst())
    ?.instance_id;

test('when the primary dies and a standby is promoted, history, backups and schedules go on under the same cluster', async () => {
  const reindex = { database: 'postgres', schema: 'public', index: 'kept_pkey' };
  const first = await addServer(primary, 'first');
  const { clusterId } = first;
  const second = await addServer(standby, 'second', clusterId);
  const view = () => clusterView(console.webDb, clusterId);
  await until(async () => (await view()).primary?.instanceId === first.instanceId, 'the first is primary');
  expect(await instanceOf(await runJob(clusterId, 'reindex-concurrently', reindex))).toBe(first.instanceId);
  await runJob(clusterId, 'logical-backup', { database: 'postgres' });
  const schedule = await addSchedule(
    console.webDb,
    console.actor,
    {
      clusterId,
      kind: 'reindex-concurrently',
      input: reindex,
      cron: '0 3 1 1 *',
      zone: 'UTC',
      missed: 'run-once',
    },
    meta,
  );
  const identifier = (await view()).systemIdentifier;

  await primary.kill();
  await until(async () => (await view()).primary?.reachable === false, 'the dead primary is seen');
  expect((await view()).primary?.caution).toContain('Promote a standby');
  await sqlOn(standby, 'postgres', 'select pg_promote()');
  await until(async () => (await view()).primary?.instanceId === second.instanceId, 'the second is primary');

  const after = await view();
  expect(after).toMatchObject({
    systemIdentifier: identifier,
    backups: 1,
    schedules: 1,
    primary: { name: 'second', reachable: true, caution: null },
  });
  expect(after.instances.find(({ id }) => id === second.instanceId)).toMatchObject({
    role: 'primary',
    timeline: 2,
  });
  expect(await instanceOf(await runJob(clusterId, 'reindex-concurrently', reindex))).toBe(second.instanceId);
  await runJob(clusterId, 'logical-backup', { database: 'postgres' });
  expect((await view()).backups).toBe(2);

  await console.ownerDb
    .updateTable('schedules')
    .set({ next_fire_at: new Date() })
    .where('id', '=', schedule.id)
    .execute();
  const firing = () =>
    console.ownerDb
      .selectFrom('schedule_firings')
      .selectAll()
      .where('schedule_id', '=', schedule.id)
      .executeTakeFirst();
  await until(async () => ((await firing())?.run_id ?? null) !== null, 'the schedule started a run', 30_000);
  const runId = (await firing())?.run_id ?? '';
  expect(await world.until(runId, ['succeeded', 'failed'])).toBe('succeeded');
  expect(await instanceOf(runId)).toBe(second.instanceId);

  await primary.restart();
  await until(
    async () => (await view()).primary?.caution?.includes('both accept writes') === true,
    'the split',
  );
  expect((await view()).primary?.name).toBe('second');
}, 120_000);
