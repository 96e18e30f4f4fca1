import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import closeCopy from '@/lib/jobs/close-copy';
import openCopy from '@/lib/jobs/open-copy';
import physicalDrill from '@/lib/jobs/physical-drill';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { listCopies } from '@/lib/store/copies';
import { queueOfWorker } from '@/lib/store/outbox';
import { queueForPlan } from '@/lib/store/plan-queue';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { postgresTemplate } from '@/lib/testing/postgres';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { runSql } from '@/lib/testing/superuser';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { startServer } from '@/lib/tools/postgres';
import { runTool } from '@/lib/tools/process';
import { listProcesses } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';
import { processNamespace } from '@/workers/runner/run-directory';
import type { RunningWorker } from '@/workers/worker';

const jobs = { 'open-copy': openCopy, 'close-copy': closeCopy, 'physical-drill': physicalDrill };
let world: EngineWorld;
let demo: TestStanza;
let worker: RunningWorker;

const folder = () => `${world.workDirOf('w')}/copies`;
const processesIn = (directory: string) =>
  listProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
const servers = () => processesIn(folder());
const rowOf = async (id: string) => (await listCopies(world.db, { id }))[0];
const startWorker = () =>
  world.startWorker(
    { reconcileSeconds: 1 },
    {
      jobs,
      openLogin: async () => ({ ...world.login, port: demo.server.port, password: demo.server.password }),
    },
  );

async function run(kind: string, input: Record<string, string | number>): Promise<string> {
  const id = await world.start(await world.plan(kind, input), 'w');
  await world.until(id, ['succeeded', 'failed'], 90_000);
  const ended = await world.db.selectFrom('runs').select('error').where('id', '=', id).executeTakeFirst();
  expect(ended?.error).toBeNull();
  return id;
}

beforeAll(async () => {
  [world, demo] = await Promise.all([engineWorld(jobs), startStanza()]);
  await runSql(demo.server, 'postgres', ['create table kept (n int)', 'insert into kept values (7)']);
  await demo.backup('full');
  const { clusterId, instanceId, db } = world;
  await db.updateTable('instances').set({ port: demo.server.port }).where('id', '=', instanceId).execute();
  const stanzaId = newId();
  await db
    .insertInto('stanzas')
    .values({
      ...{ id: stanzaId, cluster_id: clusterId, instance_id: instanceId, name: 'demo', worker_name: 'w' },
      // As somebody else set it up: its own file is used.
      ...{ managed: false, config_path: demo.configFile, state: 'active', created_by_name: 'test' },
      data_directory: demo.server.dataDir,
    })
    .execute();
  await db
    .insertInto('stanza_repositories')
    .values({ id: newId(), stanza_id: stanzaId, ordinal: 1, path: demo.repositoryPath })
    .execute();
  const set = backupSetOf(demo.stanza, 1, (await demo.info()).backup[0] as never);
  await db
    .insertInto('backups')
    .values({
      ...{ id: newId(), cluster_id: clusterId, instance_id: instanceId, type: 'physical', path: set.path },
      ...{
        worker_name: 'w',
        bytes: set.bytes,
        server_version_num: 150_000,
        facts: JSON.stringify(set.facts),
      },
      ...{ started_at: set.startedAt, finished_at: set.finishedAt, stanza_id: stanzaId, repository: 1 },
      ...{ label: set.label, method: 'full' },
    })
    .execute();
  worker = await startWorker();
});

afterAll(async () => {
  await worker.stop(100);
  await demo.stop();
  await world.stop();
});

test('a copy outlives its run and its worker, comes back at the same moment, and is gone when it is closed', async () => {
  const id = await run('open-copy', { to: 'immediate' });
  const opened = await rowOf(id);
  expect(opened).toMatchObject({ state: 'open', mode: 'paused', reached: { lsn: expect.any(String) } });
  expect(servers().length).toBeGreaterThan(0);

  await worker.stop(100);
  await eventually(() => servers().length === 0, 'the server ended with its worker');
  expect(existsSync(`${folder()}/${id}/data/PG_VERSION`)).toBe(true);
  worker = await startWorker();
  await eventually(() => servers().length > 0, 'the server is up again');

  // What nobody has marked is never touched, whatever it is called.
  mkdirSync(`${folder()}/${newId()}`, { recursive: true });
  await run('close-copy', { copyId: id });
  expect(await rowOf(id)).toMatchObject({ state: 'closed', closedAt: expect.any(String) });
  expect(servers()).toEqual([]);
  expect(readdirSync(folder())).toHaveLength(1);
});

test('F5: files of a run that is over and that no copy has are removed, those of a run that goes on are left', async () => {
  const gone = newId();
  const data = `${folder()}/${gone}/data`;
  const user = toolUserName();
  makeOwnedDirectory(`${folder()}/${gone}`, user);
  const { dataDir } = await postgresTemplate();
  await runTool({ argv: ['cp', '-a', dataDir, data], deadlineMs: 30_000 });
  // As a worker that was killed would leave it: files, a server over them, a marker of nobody who lives.
  const left = await startServer({
    ...{
      programs: demo.server.programs,
      dataDirectory: data,
      socketDirectory: `${folder()}/${gone}`,
      listen: '',
    },
    ...{ port: 5432, user, onLog: () => undefined },
  });
  writeFileSync(
    `${folder()}/${gone}.json`,
    JSON.stringify({
      plumbline: 'copy',
      runId: gone,
      pid: 4_000_000,
      startTicks: '1',
      namespace: processNamespace(),
    }),
  );
  await eventually(() => !existsSync(`${folder()}/${gone}`), 'the orphan is removed');
  await eventually(() => !existsSync(`${folder()}/${gone}.json`), 'its marker went last');
  await left.exited;
  expect(servers()).toEqual([]);
});

test('F5: a drill whose worker ends in its middle is done again by the next one, and nothing of the first try stays', async () => {
  const id = await world.start(
    await world.plan('physical-drill', { compareRows: false, onProductionHost: true }),
    'w',
  );
  const runs = `${world.workDirOf('w')}/runs`;
  const serversOf = () => processesIn(runs);
  await eventually(() => serversOf().length > 0, 'the drill has processes');
  await worker.stop(0);
  await eventually(() => serversOf().length === 0, 'they ended with the worker');
  worker = await startWorker();
  await world.until(id, ['succeeded', 'failed'], 120_000);
  const evidence = await world.db
    .selectFrom('evidence')
    .select(['type', 'verdict'])
    .where('run_id', '=', id)
    .execute();
  expect(evidence).toEqual([{ type: 'drill', verdict: 'pass' }]);
  expect(await world.state(id)).toBe('succeeded');
  expect(leftovers(world)).toEqual([]);
  expect(serversOf()).toEqual([]);
});

test('a copy whose time is over is closed, and one that lost its files is said to be lost', async () => {
  const expired = await run('open-copy', { to: 'immediate' });
  await world.db
    .updateTable('copies')
    .set({ expires_at: new Date(Date.now() - 1000).toISOString() })
    .where('id', '=', expired)
    .execute();
  await eventually(async () => (await rowOf(expired))?.state === 'closed', 'the copy expired');
  const lost = newId();
  const { id: _, ...row } = await world.db
    .selectFrom('copies')
    .selectAll()
    .where('id', '=', expired)
    .executeTakeFirstOrThrow();
  await world.db
    .insertInto('copies')
    .values({
      ...row,
      ...{ id: lost, state: 'open', closed_at: null, directory: `${folder()}/${lost}` },
      target: JSON.stringify(row.target),
      reached: JSON.stringify(row.reached),
      facts: JSON.stringify(row.facts),
      expires_at: new Date(Date.now() + 60_000).toISOString(),
    })
    .execute();
  await eventually(async () => (await rowOf(lost))?.state === 'lost', 'the copy is lost');
  expect((await rowOf(lost))?.problem).toContain('not there any more');
});

test('drills of a repository in a storage go to a worker that is marked for them, those of a disk to its host', async () => {
  const { clusterId, db } = world;
  const queue = () =>
    queueForPlan(db, { clusterId, instanceId: null, input: { repository: 1 }, choices: {}, where: 'drills' });
  const host = queueOfWorker('w');
  expect(await queue()).toBe(host);
  const storage = newId();
  await db
    .insertInto('storages')
    .values({
      ...{
        id: storage,
        name: 's',
        type: 's3',
        endpoint: 'e',
        region: 'r',
        bucket: 'b',
        created_by_name: 'test',
      },
    })
    .execute();
  await db.updateTable('stanza_repositories').set({ storage_id: storage }).execute();
  const worker = (name: string, drills: boolean) =>
    db
      .insertInto('workers')
      .values({
        ...{ id: newId(), name, host: name, pid: 1, version: '1', pools: [], hosts: [], state: 'running' },
        facts: JSON.stringify({ drills }),
      })
      .execute();
  await worker('busy', false);
  expect(await queue()).toBe(host);
  await worker('spare', true);
  expect(await queue()).toBe(queueOfWorker('spare'));
});
