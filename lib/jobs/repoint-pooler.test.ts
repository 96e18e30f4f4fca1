import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectInstance } from '@/lib/instance/connect';
import repointPooler from '@/lib/jobs/repoint-pooler';
import restoreCluster from '@/lib/jobs/restore-cluster';
import undoRepointPooler from '@/lib/jobs/undo-repoint-pooler';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPgBouncer, type TestPgBouncer } from '@/lib/testing/pgbouncer';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { runSql } from '@/lib/testing/superuser';
import { freePort } from '@/lib/tools/ports';
import { runningPostmaster } from '@/lib/tools/postgres';
import { runTool } from '@/lib/tools/process';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

let demo: TestStanza;
let harness: JobHarness;
let bouncer: TestPgBouncer;
let newPort = 0;
const place = scratchDirectory('repoint');
const directory = `${place.path}/new`;
const pooler = { id: crypto.randomUUID(), name: 'front', login: {} as never };
const poolers: { id: string; name: string; login: never }[] = [pooler];
const input = { directory, pooler: 'front' };
const observer = { user: 'observer', password: 'observer-password' };

/** As a client of an application: through PgBouncer. */
async function ask(sql: string): Promise<unknown> {
  const session = await connectInstance({
    ...{ host: bouncer.host, port: bouncer.port, user: 'postgres', password: demo.server.password },
    ...{ database: 'postgres', tlsMode: 'disable', applicationName: 'client', connectTimeoutMs: 10_000 },
  });
  const [row] = await session.query(sql);
  await session.close();
  return Object.values(row ?? {})[0];
}

const rows = () => ask(`select string_agg(what, ',' order by what) from public.orders`);

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
  await runSql(demo.server, 'postgres', [
    'create table public.orders (what text)',
    `insert into public.orders values ('saved')`,
  ]);
  await demo.backup('full');
  await demo.archiveNow();
  bouncer = await startPgBouncer(demo.server, {
    users: { postgres: demo.server.password, observer: observer.password },
    statsUsers: ['observer'],
    settings: { server_login_retry: 1 },
  });
  const { host, port } = bouncer;
  Object.assign(pooler, { login: { host, port, tlsMode: 'disable', ...observer } });
  harness = await jobHarness({
    server: demo.server,
    stanza: { ...demo.stanza, configPath: demo.configFile },
    stanzaConfigFile: demo.configFile,
    poolers,
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
  newPort = await freePort();
  await ok(harness.run(restoreCluster, { directory, port: newPort }));
  await runSql(demo.server, 'postgres', [`insert into public.orders values ('too late')`]);
}, 90_000);

afterAll(async () => {
  delete process.env.PLUMBLINE_RESTORE_ROOTS;
  for (const data of [demo.server.dataDir, `${directory}/data`]) await stopServer(data);
  harness?.close();
  await bouncer?.stop();
  await demo?.stop();
  place.remove();
});

test('the plan shows each line that changes; what the worker cannot see or write is a blocker with the lines', async () => {
  const plan = await harness.plan(repointPooler, input);
  expect(plan.blockers).toEqual([]);
  const { port } = demo.server;
  expect(plan.acts.map(({ argv }) => argv?.join(' '))).toContain(
    `rewrite ${bouncer.file} * = host=127.0.0.1 port=${port} * = host=127.0.0.1 port=${newPort}`,
  );
  const text = readFileSync(bouncer.file, 'utf8');
  writeFileSync(bouncer.file, `%include /etc/more.ini\n${text}`);
  const included = await harness.plan(repointPooler, input);
  expect(included.blockers[0]?.message).toMatch(/takes in \/etc\/more.ini/);
  expect(included.blockers[0]?.next).toContain(`becomes “* = host=127.0.0.1 port=${newPort}”`);
  writeFileSync(bouncer.file, text.replace(/listen_port = \d+/, 'listen_port = 1'));
  const foreign = await harness.plan(repointPooler, input);
  expect(foreign.blockers[0]).toMatchObject({
    message: expect.stringMatching(/is of another PgBouncer/),
    next: expect.stringMatching(new RegExp(`set port=${newPort} .* RELOAD`)),
  });
  writeFileSync(bouncer.file, text);
  const none = await harness.plan(repointPooler, { directory, pooler: 'side' });
  expect(none.blockers[0]?.next).toMatch(/Attached: front/);
});

test('without the proof of who answers the file is put back and the old server runs on', async () => {
  const before = readFileSync(bouncer.file, 'utf8');
  // PgBouncer's login is no role of the server: nobody can log in through it.
  const run = await harness.run(repointPooler, input);
  expect(run.state).toBe('failed');
  expect(String(run.error)).toMatch(/not proven that PgBouncer leads to port/);
  expect(readFileSync(bouncer.file, 'utf8')).toBe(before);
  expect(await rows()).toBe('saved,too late');
  // The restored one was promoted before: the role has to be in both.
  await runSql(demo.server, 'postgres', [`create role observer login password '${observer.password}'`]);
  await runSql({ ...demo.server, port: newPort } as never, 'postgres', [
    `create role observer login password '${observer.password}'`,
  ]);
}, 90_000);

test('clients are sent to the restored server, which archives in its place, and sent back by the undo', async () => {
  // Read with the next reload: from then on its login may PAUSE and RELOAD.
  const asLooker = readFileSync(bouncer.file, 'utf8');
  writeFileSync(bouncer.file, asLooker.replace('stats_users', 'admin_users'));
  const { mode, uid } = statSync(bouncer.file);
  const before = readFileSync(bouncer.file, 'utf8');
  const run = await ok(harness.run(repointPooler, input, { crashAfter: 'repoint' }));
  expect(await rows()).toBe('saved');
  expect(await ask(`select current_setting('port')::int`)).toBe(newPort);
  expect(await ask(`select current_setting('archive_mode')`)).toBe('on');
  expect((await demo.run('repo-ls', { recurse: true })).stdout).toContain('00000002.history');
  expect(runningPostmaster(demo.server.dataDir)).toBeUndefined();
  expect(statSync(bouncer.file)).toMatchObject({ mode, uid });
  const former = String(run.outputs.repoint?.former);
  expect(readFileSync(former, 'utf8')).toBe(before);
  expect(run.evidence[0]).toMatchObject({ verdict: 'pass', facts: { answersOnPort: newPort } });

  harness.target.isReachable = false;
  if ('none' in repointPooler.undo) throw new Error('it has an undo');
  const back = repointPooler.undo.input(run.outputs, input) as never;
  const undone = await ok(harness.run(undoRepointPooler, back));
  expect(await rows()).toBe('saved,too late');
  expect(readFileSync(bouncer.file, 'utf8')).toBe(before);
  expect(runningPostmaster(`${directory}/data`)).toBeUndefined();
  const said = (of: HarnessRun) => of.log.map(({ text }) => text).join(' ');
  expect(said(run)).toMatch(/could not be paused.*SIGHUP to process/);
  expect(said(undone)).toMatch(/PAUSE: clients wait.*RELOAD/);
  expect(undone.evidence[0]).toMatchObject({ verdict: 'pass', facts: { answersOnPort: demo.server.port } });
  const again = await harness.plan(undoRepointPooler, back);
  expect(again.blockers[0]?.message).toMatch(/is gone/);
}, 120_000);
