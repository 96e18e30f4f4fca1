import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectInstance } from '@/lib/instance/connect';
import restoreCluster from '@/lib/jobs/restore-cluster';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser } from '@/lib/testing/superuser';
import { freePort } from '@/lib/tools/ports';
import { runningPostmaster } from '@/lib/tools/postgres';
import { runTool } from '@/lib/tools/process';
import { readProcess } from '@/lib/tools/process-groups';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

let demo: TestStanza;
let harness: JobHarness;
const place = scratchDirectory('place');

const tablespace = scratchDirectory('tablespace');

async function ask(port: number, sql: string, host = '127.0.0.1'): Promise<unknown> {
  const session = await connectInstance({
    ...{ host, port, user: 'postgres', password: demo.server.password, database: 'shop' },
    ...{ tlsMode: 'disable', applicationName: 'test', connectTimeoutMs: 5_000 },
  });
  const [row] = await session.query(sql);
  await session.close();
  return Object.values(row ?? {})[0];
}

const stopServer = (data: string) =>
  runTool({
    argv: [programPath(demo.server.programs, 'pg_ctl'), 'stop', '-D', data, '-m', 'immediate'],
    user: toolUserName(),
    deadlineMs: 20_000,
  });

beforeAll(async () => {
  process.env.PLUMBLINE_RESTORE_ROOTS = place.path;
  demo = await startStanza({ cipher: true });
  const session = await openAsSuperuser(demo.server, 'postgres');
  await session.query(`create tablespace slow location '${tablespace.path}'`);
  await session.query('create database shop');
  await session.query(`alter system set work_mem = '7MB'`);
  await session.close();
  const shop = await openAsSuperuser(demo.server, 'shop');
  await shop.query('create table public.orders (id int) tablespace slow');
  await shop.query('insert into public.orders select generate_series(1, 100)');
  await demo.backup('full');
  await shop.query('insert into public.orders select generate_series(101, 150)');
  await shop.close();
  await demo.archiveNow();
  harness = await jobHarness({
    server: demo.server,
    stanza: demo.stanza,
    stanzaConfigFile: demo.configFile,
    lastKnown: {
      seenAt: '2026-01-02T03:04:30Z',
      reachableUntil: '2026-01-02T03:03:00Z',
      others: [{ name: 'two', host: 'db2', port: 5432, role: 'standby', seenAt: null, answers: true }],
    },
  });
  const id = crypto.randomUUID();
  harness.backups.set(id, {
    ...backupSetOf(demo.stanza, 1, (await demo.info()).backup.at(-1) as never),
    id,
    database: null,
    clusterId: harness.target.clusterId,
    instanceId: harness.target.instanceId,
    workerName: 'harness',
    serverVersionNum: harness.target.serverVersionNum,
    state: 'ready',
  });
}, 60_000);

afterAll(async () => {
  delete process.env.PLUMBLINE_RESTORE_ROOTS;
  harness?.close();
  await demo?.stop();
  place.remove();
  tablespace.remove();
});

test('a plan names the place and refuses one that is not its own, not empty, or whose port is taken', async () => {
  const port = await freePort();
  const blockersOf = async (directory: string, on = port) =>
    (await harness.plan(restoreCluster, { directory, port: on })).blockers
      .map(({ message }) => message)
      .join(' ');
  expect(await blockersOf(`${place.path}/new`)).toBe('');
  expect(await blockersOf('/var/lib/elsewhere')).toMatch(/not below a folder/);
  expect(await blockersOf(`${place.path}/../out`)).toMatch(/not below a folder/);
  expect(await blockersOf(place.path)).toMatch(/not below a folder/);
  mkdirSync(`${place.path}/full/x`, { recursive: true });
  expect(await blockersOf(`${place.path}/full`)).toMatch(/is not empty/);
  expect(await blockersOf(`${place.path}/new`, demo.server.port)).toMatch(/is in use/);
  process.env.PLUMBLINE_RESTORE_ROOTS = `${demo.server.dataDir}/..:${place.path}`;
  expect(await blockersOf(`${demo.server.dataDir}/inside`)).toMatch(/data directory of the server itself/);
  process.env.PLUMBLINE_RESTORE_ROOTS = place.path;
});

test('the whole cluster comes back beside the old one, with its settings, and outlives who started it', async () => {
  const port = await freePort();
  const directory = `${place.path}/beside`;
  const run = await harness.run(restoreCluster, { directory, port });
  if (run.error) throw run.error;
  expect(await ask(port, 'select count(*)::int from public.orders')).toBe(150);
  expect(await ask(port, `select current_setting('work_mem')`)).toBe('7MB');
  expect(await ask(port, `select current_setting('archive_mode')`)).toBe('off');
  // The tablespace is in the new place, and the old one's files are as they were.
  expect(
    await ask(port, `select pg_tablespace_location(oid) from pg_tablespace where spcname = 'slow'`),
  ).toMatch(directory);
  expect(await ask(demo.server.port, 'select count(*)::int from public.orders')).toBe(150);
  expect(readFileSync(`${directory}/data/postgresql.auto.conf`, 'utf8')).not.toMatch(
    /restore_command|recovery_target/,
  );
  const pid = runningPostmaster(`${directory}/data`) ?? 0;
  expect(readProcess(pid)?.parentPid).not.toBe(process.pid);
  expect(readProcess(pid)?.groupId).toBe(pid);
  const [evidence] = run.evidence;
  expect(evidence).toMatchObject({ type: 'cluster-restore', verdict: 'pass' });
  expect(evidence?.facts).toMatchObject({ port, isHeldBack: true, archives: false });
  await stopServer(`${directory}/data`);
});

test('with the old server dead it works from the repository alone; a failure leaves nothing in the place', async () => {
  const port = await freePort();
  const directory = `${place.path}/alone`;
  const draft = await harness.plan(restoreCluster, { directory, port, to: 'immediate' });
  expect(draft.blockers).toEqual([]);
  await demo.server.kill();
  harness.target.isReachable = false;
  const lost = await harness.plan(restoreCluster, { directory, port });
  expect(lost.warnings.join(' ')).toMatch(/The standby two answers: to promote it loses less/);
  // One WAL segment was begun after the last archived one: nothing of it waits for the archiver.
  expect(lost.warnings.join(' ')).not.toMatch(/never archived/);
  expect(lost.estimates.find(({ label }) => label === 'Work that will be missing')).toMatchObject({
    value: 90,
    unit: 'seconds',
  });
  const run = await harness.run(restoreCluster, { directory, port });
  if (run.error) throw run.error;
  expect(await ask(port, 'select count(*)::int from public.orders')).toBe(150);
  expect(run.evidence[0]?.facts).toMatchObject({ isHeldBack: false });
  await stopServer(`${directory}/data`);
  const controller = new AbortController();
  const other = `${place.path}/cancelled`;
  const cancelled = await harness.run(
    restoreCluster,
    { directory: other, port },
    {
      signal: controller.signal,
      onLog: (text) => {
        if (text.startsWith('Recovering to')) controller.abort();
      },
    },
  );
  expect(cancelled.state).toBe('failed');
  expect(existsSync(other)).toBe(false);
  // What somebody else put there is not ours to remove.
  mkdirSync(other);
  writeFileSync(`${other}/theirs`, '');
  const refused = await harness
    .run(restoreCluster, { directory: other, port })
    .catch((error: Error) => error);
  expect(String(refused)).toMatch(/is not empty/);
  expect(existsSync(`${other}/theirs`)).toBe(true);
});
