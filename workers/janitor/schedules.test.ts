import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import type { JsonObject } from '@/lib/engine/define-job';
import { fireNextSchedule, followBackups, settleFirings } from '@/lib/store/schedule-firings';
import { firingsOf, insertSchedule } from '@/lib/store/schedules';
import { type EngineWorld, engineWorld, eventually } from '@/lib/testing/engine-world';
import type { RunningWorker } from '@/workers/worker';

let world: EngineWorld;
beforeAll(async () => {
  world = await engineWorld();
});
afterAll(() => world.stop());

const minutes = 60_000;
const knows = () => ({ version: 1, choices: {} });

async function addSchedule(
  change: {
    ago?: number;
    missed?: 'run-once' | 'skip';
    version?: number;
    input?: JsonObject;
    cron?: string;
  } = {},
): Promise<string> {
  return insertSchedule(world.db, {
    clusterId: world.clusterId,
    kind: 'every-safety',
    definitionVersion: change.version ?? 1,
    input: { effects: world.effectsFile, ...change.input },
    cron: change.cron ?? '0 3 * * *',
    zone: 'Europe/Vienna',
    missed: change.missed ?? 'run-once',
    nextFireAt: new Date(Date.now() - (change.ago ?? 1_000)),
    createdBy: null,
    createdByName: 'somebody',
  });
}

async function lastFiring(id: string) {
  const [firing] = await firingsOf(world.db, [id], 1);
  return firing;
}

async function fireAll(): Promise<void> {
  while (await fireNextSchedule(world.db, knows)) {
    // One transaction each.
  }
}

test('a due schedule is planned and run by itself, once, however many look', async () => {
  const id = await addSchedule();
  await Promise.all([fireAll(), fireAll(), fireAll()]);
  const firings = await firingsOf(world.db, [id], 10);
  expect(firings.map(({ outcome }) => outcome)).toEqual(['planning']);
  const worker: RunningWorker = await world.startWorker();
  await eventually(async () => (await lastFiring(id))?.outcome === 'started', 'the firing has started');
  const firing = await lastFiring(id);
  expect(await world.until(firing?.runId ?? '', ['succeeded', 'failed'])).toBe('succeeded');
  const run = await world.db
    .selectFrom('runs')
    .select(['schedule_id', 'requested_by_name'])
    .where('id', '=', firing?.runId ?? '')
    .executeTakeFirstOrThrow();
  expect(run).toEqual({ schedule_id: id, requested_by_name: 'schedule of somebody' });
  const audit = await world.db
    .selectFrom('audit_log')
    .select(['actor_kind', 'action'])
    .where('subject_id', '=', firing?.runId ?? '')
    .execute();
  expect(audit).toEqual([{ actor_kind: 'schedule', action: 'run.start' }]);
  await settleFirings(world.db);
  expect(await world.db.selectFrom('runs').select('id').where('schedule_id', '=', id).execute()).toHaveLength(
    1,
  );
  await worker.stop(1_000);
});

test('a missed time is run once, at its last moment, or skipped, as the schedule says', async () => {
  const missed = 3 * 24 * 60 * minutes;
  const once = await addSchedule({ ago: missed });
  const skip = await addSchedule({ ago: missed, missed: 'skip' });
  await fireAll();
  const firing = await lastFiring(once);
  expect(firing?.outcome).toBe('planning');
  const age = Date.now() - Date.parse(firing?.fireTime ?? '');
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(25 * 60 * minutes);
  expect(await firingsOf(world.db, [once], 10)).toHaveLength(1);
  expect((await lastFiring(skip))?.outcome).toBe('skipped');
  const rows = await world.db
    .selectFrom('schedules')
    .select('next_fire_at')
    .where('id', 'in', [once, skip])
    .execute();
  for (const row of rows) expect(Date.parse(row.next_fire_at ?? '')).toBeGreaterThan(Date.now());
});

test('an approval of another version of the kind does not run', async () => {
  const id = await addSchedule({ version: 7 });
  await fireAll();
  const firing = await lastFiring(id);
  expect(firing?.outcome).toBe('blocked');
  expect(firing?.reason).toContain('version 7 then, 1 now');
  expect(firing?.planId).toBeNull();
});

test('a plan that fails or is blocked is written down with its reason', async () => {
  const wrong = await addSchedule({ input: { childSeconds: 'long' } });
  const worker = await world.startWorker({}, {});
  await eventually(async () => (await lastFiring(wrong))?.outcome === 'failed', 'the plan failed');
  await world.db.updateTable('clusters').set({ system_identifier: '42' }).execute();
  const blocked = await addSchedule();
  await eventually(async () => (await lastFiring(blocked))?.outcome === 'blocked', 'the plan is blocked');
  expect((await lastFiring(blocked))?.reason).toContain('is not a server of the cluster');
  await world.db.updateTable('clusters').set({ system_identifier: null }).execute();
  await worker.stop(1_000);
});

test('paused and removed schedules do not fire', async () => {
  const paused = await addSchedule();
  const removed = await addSchedule();
  await world.db.updateTable('schedules').set({ enabled: false }).where('id', '=', paused).execute();
  await world.db.updateTable('schedules').set({ removed_at: new Date() }).where('id', '=', removed).execute();
  await fireAll();
  expect(await firingsOf(world.db, [paused, removed], 10)).toEqual([]);
});

test('a schedule that follows backups fires once after each new one, and at its own time', async () => {
  const inAnHour = -3_600_000;
  const following = await addSchedule({ ago: inAnHour, input: { afterBackup: true } });
  const other = await addSchedule({ ago: inAnHour });
  const finish = async (secondsFromNow: number) => {
    const at = new Date(Date.now() + secondsFromNow * 1000).toISOString();
    const id = newId();
    await world.db
      .insertInto('backups')
      .values({
        ...{ id, cluster_id: world.clusterId, type: 'physical', method: 'full', repository: 1, path: '/b' },
        ...{ worker_name: 'w', bytes: 1, server_version_num: 150_000, started_at: at, finished_at: at },
      })
      .execute();
  };
  const fired = async () => {
    await followBackups(world.db);
    await fireAll();
    return (await firingsOf(world.db, [following], 10)).length;
  };
  await finish(-3_600);
  expect(await fired()).toBe(0);
  await finish(0);
  expect(await fired()).toBe(1);
  expect(await fired()).toBe(1);
  expect(await firingsOf(world.db, [other], 10)).toEqual([]);
  await world.db
    .updateTable('schedules')
    .set({ enabled: false })
    .where('id', 'in', [following, other])
    .execute();
});
