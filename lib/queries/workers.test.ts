import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { workerListSchema } from '@/lib/contract/workers';
import { workers } from '@/lib/queries/workers';
import { beatWorker, registerWorker } from '@/lib/store/workers';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { machineFacts } from '@/workers/worker-facts';

let console: TestConsole;
beforeAll(async () => {
  console = await testConsole();
});
afterAll(() => console.close());

const identity = (name: string) => ({
  id: newId(),
  name,
  host: 'host.example.org',
  pid: 4711,
  version: '0.1.0',
  pools: ['default'],
  hosts: [],
});

test('each worker tells its machine, and one that was not heard of in its lease time counts as dead', async () => {
  const look = machineFacts(['/tmp', '/no such folder']);
  const facts = { ...(await look()), wakeUp: 'listen', keyId: 'k', runs: [], leaseSeconds: 2 };
  const living = identity('living');
  const dead = identity('dead <b>');
  const stopped = identity('stopped');
  const old = identity('of an older version');
  for (const one of [living, dead, stopped]) await registerWorker(console.workerDb, one, facts);
  await registerWorker(console.workerDb, old, { disks: 'elsewhere' });
  await beatWorker(console.workerDb, stopped.id, 'stopped', facts);
  await console.ownerDb
    .updateTable('workers')
    .set({ heartbeat_at: new Date(Date.now() - 10_000) })
    .where('id', '=', dead.id)
    .execute();
  const { items } = workerListSchema.parse(await workers(console.webDb));
  const byName = Object.fromEntries(items.map((worker) => [worker.name, worker]));
  expect(byName.living).toMatchObject({ alive: true, state: 'running', wakeUp: 'listen', keyId: 'k' });
  expect(byName.living?.postgres.some((programs) => programs.major >= 14)).toBe(true);
  // pgBackRest answers no --version: asked so, it would look as if it were not there.
  expect(byName.living?.tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['pgbackrest', 'zstd']),
  );
  expect(byName.living?.disks[0]?.freeBytes).toBeGreaterThan(0);
  expect(byName.living?.disks[1]).toMatchObject({ freeBytes: null });
  expect(byName['dead <b>']).toMatchObject({ alive: false, state: 'running' });
  expect(byName.stopped).toMatchObject({ alive: false, state: 'stopped' });
  expect(byName['of an older version']).toMatchObject({
    alive: true,
    disks: [],
    postgres: [],
    wakeUp: 'unknown',
  });
  expect(items[0]?.alive).toBe(true);
});

test('the runs that a worker holds stand with it', async () => {
  const holder = identity('holder');
  await registerWorker(console.workerDb, holder, {});
  const clusterId = newId();
  await console.ownerDb.insertInto('clusters').values({ id: clusterId, name: 'held' }).execute();
  const planId = newId();
  const common = { kind: 'logical-backup', cluster_id: clusterId };
  await console.ownerDb
    .insertInto('plan_requests')
    .values({ id: planId, ...common, input: '{}', requested_by_name: 'test' })
    .execute();
  await console.ownerDb
    .insertInto('plans')
    .values({ id: planId, ...common, definition_version: 1, state: 'ready' })
    .execute();
  const run = {
    ...common,
    plan_id: planId,
    plan_hash: 'h',
    definition_version: 1,
    requested_by_name: 'test',
    owner: holder.id,
  };
  const runningId = newId();
  await console.ownerDb
    .insertInto('runs')
    .values([
      { id: runningId, ...run, state: 'running', idempotency_key: newId(), started_at: new Date() },
      { id: newId(), ...run, state: 'succeeded', idempotency_key: newId() },
    ])
    .execute();
  const { items } = await workers(console.webDb);
  const held = items.find((worker) => worker.name === 'holder')?.currentRuns;
  expect(held).toMatchObject([{ id: runningId, kind: 'logical-backup', clusterName: 'held' }]);
});
