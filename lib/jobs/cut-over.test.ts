import { existsSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckRow } from '@/lib/engine/define-check';
import type { LastKnown } from '@/lib/engine/define-job';
import cutOver from '@/lib/jobs/cut-over';
import restoreCluster from '@/lib/jobs/restore-cluster';
import undoCutOver from '@/lib/jobs/undo-cut-over';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
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
/** What the console watched before the server was gone. */
const lastKnown: Partial<LastKnown> = {};
const seenRows: Record<string, CheckRow[]> = {};
const place = scratchDirectory('cut');
const directory = `${place.path}/new`;

async function ask(sql: string): Promise<unknown> {
  const session = await openAsSuperuser(demo.server, 'postgres');
  const [row] = await session.query(sql);
  await session.close();
  return Object.values(row ?? {})[0];
}

const rows = () => ask(`select string_agg(what, ',' order by what) from public.orders`);
const timeline = () =>
  ask(`select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int`);

async function ok(run: Promise<HarnessRun>): Promise<HarnessRun> {
  const done = await run;
  if (done.error) throw done.error;
  return done;
}

const stopServer = (data: string) =>
  runTool({
    argv: [programPath(demo.server.programs, 'pg_ctl'), 'stop', '-D', data, '-m', 'immediate'],
    user: toolUserName(),
    deadlineMs: 20_000,
  });

beforeAll(async () => {
  process.env.PLUMBLINE_RESTORE_ROOTS = place.path;
  demo = await startStanza();
  await ask('create table public.orders (what text)');
  await ask(`insert into public.orders values ('in the backup')`);
  await demo.backup('full');
  await ask(`insert into public.orders values ('saved')`);
  await demo.archiveNow();
  harness = await jobHarness({
    server: demo.server,
    stanza: demo.stanza,
    stanzaConfigFile: demo.configFile,
    lastKnown,
    clusterRows: (check) => [
      {
        instanceName: 'harness',
        role: 'primary',
        rows: seenRows[check] ?? [],
        observedAt: '2026-01-02T03:04:05Z',
      },
      {
        instanceName: 'another',
        role: 'standby',
        rows: [{ slot: 'not of it' }],
        observedAt: '2026-01-02T03:04:05Z',
      },
    ],
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
  await ok(harness.run(restoreCluster, { directory, port: await freePort() }));
  await ask(`insert into public.orders values ('too late')`);
}, 90_000);

afterAll(async () => {
  delete process.env.PLUMBLINE_RESTORE_ROOTS;
  for (const data of [demo.server.dataDir, `${directory}/data`]) await stopServer(data);
  harness?.close();
  await demo?.stop();
  place.remove();
});

test('the plan names what is stopped and set aside; a directory of nobody’s is refused', async () => {
  const plan = await harness.plan(cutOver, { directory });
  expect(plan.blockers).toEqual([]);
  expect(plan.params.aside).toMatch(/\/data\.before-[0-9a-f]{8}$/);
  expect(plan.acts.map(({ argv }) => argv?.join(' '))).toContain(
    `rename ${plan.params.at} ${plan.params.aside}`,
  );
  const foreign = await harness.plan(cutOver, { directory: demo.repositoryPath });
  expect(foreign.blockers[0]?.message).toMatch(/holds no cluster/);
});

test('a cut-over that cannot start puts the old server back as it was', async () => {
  // Its control file is gone: it will not start.
  await stopServer(`${directory}/data`);
  renameSync(`${directory}/data/PG_VERSION`, `${directory}/version`);
  const run = await harness.run(cutOver, { directory });
  expect(run.state).toBe('failed');
  expect(String(run.error)).toMatch(/did not start/);
  expect(await rows()).toBe('in the backup,saved,too late');
  expect(existsSync(`${directory}/data`)).toBe(true);
  renameSync(`${directory}/version`, `${directory}/data/PG_VERSION`);
}, 60_000);

test('the restored cluster takes the place, archives on a new timeline, and a second run undoes it', async () => {
  const run = await ok(harness.run(cutOver, { directory }, { crashAfter: 'exchange' }));
  expect(await rows()).toBe('in the backup,saved');
  expect(await timeline()).toBe(2);
  const { dataDir } = demo.server;
  const pid = runningPostmaster(dataDir) ?? 0;
  expect(readProcess(pid)?.parentPid).not.toBe(process.pid);
  expect(run.evidence[0]).toMatchObject({ type: 'cut-over', verdict: 'pass' });
  expect(run.evidence[0]?.facts).toMatchObject({
    archiving: expect.stringMatching(/^on: /),
    archiveMode: 'on',
    timeline: 2,
  });
  const aside = String(run.outputs.exchange?.aside);
  expect(existsSync(`${aside}/PG_VERSION`)).toBe(true);
  expect(await ask(`select current_setting('restore_command')`)).toBe('');

  // The new timeline began while nothing was archived: its history is in the archive all the same.
  const listed = await demo.run('repo-ls', { recurse: true });
  expect(listed.stdout).toContain('00000002.history');

  await ask(`insert into public.orders values ('after')`);
  if (typeof cutOver.undo === 'object' && 'none' in cutOver.undo) throw new Error('it has an undo');
  const undoInput = cutOver.undo.input(run.outputs, { directory }) as {
    dataDirectory: string;
    aside: string;
    directory: string;
  };
  const undone = await ok(harness.run(undoCutOver, undoInput));
  expect(await rows()).toBe('in the backup,saved,too late');
  // Past the one that the restored server has archived: neither's WAL can be taken for the other's.
  expect(await timeline()).toBe(3);
  expect(undone.evidence[0]).toMatchObject({
    verdict: 'pass',
    facts: { archiving: expect.stringMatching(/^on: /), timeline: 3 },
  });
  expect(existsSync(aside)).toBe(false);
  expect(existsSync(`${directory}/data/PG_VERSION`)).toBe(true);
  expect(existsSync(`${dataDir}/recovery.signal`)).toBe(false);
  const foreign = await harness.plan(undoCutOver, { ...undoInput, aside: '/somewhere/else' });
  expect(foreign.blockers[0]?.message).toMatch(/not what a cut-over of this server has set aside/);
}, 120_000);

test('with the old server and its files gone it starts as it was last seen, and lists who hung on it by its last word', async () => {
  const { server } = demo;
  const commandLine = (name: string, value: string) => ({
    name,
    value,
    source: 'command line',
    isWhole: true,
  });
  Object.assign(lastKnown, {
    seenAt: '2026-01-02T03:04:05Z',
    settingsAt: '2026-01-02T03:00:00Z',
    settings: [
      commandLine('port', String(server.port)),
      commandLine('unix_socket_directories', server.socketDir),
      commandLine('listen_addresses', '127.0.0.1'),
      commandLine('data_directory', '/somewhere/else'),
      { ...commandLine('ssl_passphrase_command', '(hidden)'), isWhole: false },
      { ...commandLine('work_mem', '77'), source: 'configuration file' },
    ],
    others: [
      {
        name: 'two',
        host: 'db2',
        port: 5432,
        role: 'standby',
        seenAt: '2026-01-02T03:04:00Z',
        answers: true,
      },
    ],
  });
  seenRows['replication-slots'] = [{ slot: 'for_two', type: 'physical', database: '', active: 'active' }];
  seenRows['replication-senders'] = [
    { standby: 'two', address: '10.0.0.2', watched_as: 'two' },
    { standby: 'reports', address: '10.0.0.3', watched_as: null },
  ];
  await stopServer(server.dataDir);
  renameSync(server.dataDir, `${server.dataDir}.lost`);
  harness.target.isReachable = false;

  const plan = await harness.plan(cutOver, { directory });
  expect(plan.blockers).toEqual([]);
  const said = plan.warnings.join(' ');
  expect(said).toMatch(/start options are gone with its files/);
  expect(said).toMatch(/secret may be in it: ssl_passphrase_command/);
  expect(said).toMatch(/there is nothing to go back to/);
  expect(plan.acts.map(({ argv }) => argv?.join(' ')).join('\n')).not.toMatch(/before-|somewhere|work_mem/);
  const [standbys, slots] = plan.tables ?? [];
  expect(standbys?.rows.map(([name, , state]) => `${name}: ${state}`)).toEqual([
    'two: answers',
    'reports: not watched',
  ]);
  expect(slots?.rows).toHaveLength(1);
  expect(slots?.rows[0]?.join(' ')).toMatch(/^for_two physical {2}yes 2026-01-02 03:04:05 UTC, \d+ h ago$/);

  // The restored server was started on a port of its own without archiving: none of that comes along.
  const run = await ok(harness.run(cutOver, { directory }));
  expect(await rows()).toBe('after,in the backup,saved');
  expect(await ask(`select current_setting('archive_mode')`)).toBe('on');
  expect(run.evidence[0]).toMatchObject({
    verdict: 'pass',
    facts: { archiving: expect.stringMatching(/^on: /), setAside: 'nothing: it was gone' },
  });
  if ('none' in cutOver.undo) throw new Error('it has an undo');
  const back = await harness.plan(undoCutOver, cutOver.undo.input(run.outputs, { directory }) as never);
  expect(back.blockers[0]?.message).toMatch(/There is no old server to put back/);
}, 60_000);
