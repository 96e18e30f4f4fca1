import { renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import type { AnyJob, JsonObject } from '@/lib/engine/define-job';
import cutOver from '@/lib/jobs/cut-over';
import physicalBackup from '@/lib/jobs/physical-backup';
import restoreCluster from '@/lib/jobs/restore-cluster';
import undoCutOver from '@/lib/jobs/undo-cut-over';
import { recordResults } from '@/lib/store/check-results';
import { findPlan, requestPlan } from '@/lib/store/plans';
import { putServerSnapshot } from '@/lib/store/server-snapshots';
import { backupKind } from '@/lib/testing/backup-kind';
import { type EngineWorld, engineWorld, eventually } from '@/lib/testing/engine-world';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { freePort } from '@/lib/tools/ports';
import { runTool } from '@/lib/tools/process';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';
import type { RunningWorker } from '@/workers/worker';

// The way of a night: the server is gone with its files, and there is no Redis. A browser adds nothing to it that costs
// less than a minute of every test run: the worker, the plans and the servers are the real ones.

const restoreKind = 'restore-cluster';
const cutKind = 'cut-over';
const undoKind = 'undo-cut-over';
const kinds = {
  [restoreKind]: restoreCluster,
  [cutKind]: cutOver,
  [undoKind]: undoCutOver,
  [backupKind]: physicalBackup,
} as unknown as Record<string, AnyJob>;

let world: EngineWorld;
let stanza: TestStanza;
let worker: RunningWorker;
const place = scratchDirectory('gone');
const places = [`${place.path}/first`, `${place.path}/second`] as const;

const stopServer = (data: string) =>
  runTool({
    argv: [programPath(stanza.server.programs, 'pg_ctl'), 'stop', '-D', data, '-m', 'immediate'],
    user: toolUserName(),
    deadlineMs: 20_000,
  });

async function ask(query: string): Promise<unknown> {
  const session = await openAsSuperuser(stanza.server, 'postgres');
  const [row] = await session.query(query);
  await session.close();
  return Object.values(row ?? {})[0];
}

const orders = () => ask(`select string_agg(what, ',' order by what) from public.orders`);

async function run(kind: string, input: JsonObject): Promise<string> {
  const planId = await world.plan(kind, input);
  const plan = await findPlan(world.db, planId);
  expect(plan?.error ?? plan?.document?.blockers).toEqual([]);
  const runId = await world.start(planId);
  await ended(runId);
  return runId;
}

async function ended(runId: string): Promise<void> {
  const state = await world.until(runId, ['succeeded', 'failed', 'needs-decision'], 60_000);
  const { error } = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  expect([state, error]).toEqual(['succeeded', null]);
}

/** The run that was planned and started by itself after another, once it has ended well. */
async function follower(runId: string): Promise<{ kind: string; name: string }> {
  const found = () =>
    world.db
      .selectFrom('plan_requests as request')
      .innerJoin('runs as run', 'run.plan_id', 'request.id')
      .select(['run.id', 'run.kind', 'run.requested_by_name as name'])
      .where('request.follows', '=', runId)
      .execute();
  await eventually(async () => (await found()).length > 0, 'a run follows');
  const [one, ...others] = await found();
  expect(others).toEqual([]);
  await ended(one?.id ?? '');
  return { kind: one?.kind ?? '', name: one?.name ?? '' };
}

/** What the console would have watched of the server while it lived. */
async function watchIt(): Promise<void> {
  const { server } = stanza;
  const { clusterId, instanceId, db } = world;
  const systemIdentifier = String(await ask('select system_identifier::text from pg_control_system()'));
  await db
    .updateTable('clusters')
    .set({ system_identifier: systemIdentifier, environment: 'staging', is_production: false })
    .where('id', '=', clusterId)
    .execute();
  await db
    .updateTable('instances')
    .set({ port: server.port, server_version_num: 150_000, timeline: 1, last_seen_at: new Date() })
    .where('id', '=', instanceId)
    .execute();
  const given = (value: string) => ({ value, unit: null, source: 'command line' });
  await putServerSnapshot(
    db,
    instanceId,
    {
      ...{ now: '', startedAt: '', processesAt: null, role: 'primary', timeline: 1, version: '15' },
      ...{ databases: {}, scoped: {} },
      settings: {
        port: given(String(server.port)),
        unix_socket_directories: given(server.socketDir),
        listen_addresses: given('127.0.0.1'),
      },
    },
    new Date().toISOString(),
  );
  await recordResults(db, instanceId, new Date().toISOString(), [
    {
      ...{ checkId: 'replication-slots', database: '', state: 'ok', reason: null, mend: null, durationMs: 1 },
      rows: [{ slot: 'reports', type: 'logical', database: 'shop', active: 'active' }],
    },
  ]);
}

beforeAll(async () => {
  process.env.PLUMBLINE_RESTORE_ROOTS = place.path;
  [world, stanza] = await Promise.all([engineWorld(kinds), startStanza()]);
  const { server } = stanza;
  const { host, port, password } = server;
  Object.assign(world.login, { host, port, password, user: server.superuser });
  await watchIt();
  const stanzaId = newId();
  await world.db
    .insertInto('stanzas')
    .values({
      ...{ id: stanzaId, cluster_id: world.clusterId, instance_id: world.instanceId, name: 'demo' },
      ...{ state: 'active', config_path: stanza.configFile, created_by_name: 'test', worker_name: 'w' },
      data_directory: server.dataDir,
    })
    .execute();
  await world.db
    .insertInto('stanza_repositories')
    .values({ id: newId(), stanza_id: stanzaId, ordinal: 1, path: stanza.repositoryPath })
    .execute();
  worker = await world.startWorker({ leaseSeconds: 20 });
  await runSql(server, 'postgres', [
    'create table public.orders (what text)',
    `insert into public.orders values ('saved')`,
  ]);
  await run(backupKind, { type: 'full' });
  await stanza.archiveNow();
}, 90_000);

afterAll(async () => {
  delete process.env.PLUMBLINE_RESTORE_ROOTS;
  await worker?.stop();
  for (const data of [stanza.server.dataDir, ...places.map((each) => `${each}/data`)]) await stopServer(data);
  await stanza?.stop();
  await world?.stop();
  place.remove();
});

test('a server gone with its files is restored, takes its place again, archives, and its full backup follows by itself', async () => {
  await stanza.server.kill();
  renameSync(stanza.server.dataDir, `${stanza.server.dataDir}.lost`);
  await run(restoreKind, { directory: places[0], port: await freePort() });

  const planId = await world.plan(cutKind, { directory: places[0] });
  const { document } = (await findPlan(world.db, planId)) ?? {};
  expect(document?.blockers).toEqual([]);
  expect(document?.tables?.map(({ rows }) => rows[0]?.slice(0, 3))).toEqual([['reports', 'logical', 'shop']]);
  const cutId = await world.start(planId);
  await ended(cutId);
  expect(await orders()).toBe('saved');
  const proof = await world.db
    .selectFrom('evidence')
    .select(['verdict', 'facts'])
    .where('run_id', '=', cutId)
    .execute();
  expect(proof).toMatchObject([
    { verdict: 'pass', facts: { timeline: 2, setAside: 'nothing: it was gone' } },
  ]);
  // Nobody asked for it but the run that it follows, so it is that person's.
  expect(await follower(cutId)).toEqual({ kind: backupKind, name: 'test' });
  expect((await stanza.info()).backup.at(-1)).toMatchObject({ type: 'full' });
}, 120_000);

test('a cut-over from a server that lives is undone from its run, and a backup follows the way back, too', async () => {
  await stanza.archiveNow();
  await run(restoreKind, { directory: places[1], port: await freePort(), timeline: 2 });
  await ask(`insert into public.orders values ('later') returning what`);
  const cutId = await run(cutKind, { directory: places[1] });
  expect(await orders()).toBe('saved');
  await follower(cutId);

  const id = newId();
  const { clusterId, web } = world;
  await web.transaction().execute((trx) =>
    requestPlan(
      trx,
      {
        ...{ id, kind: undoKind, clusterId, instanceId: null, input: {}, undoOf: cutId },
        ...{ requestedBy: null, requestedByName: 'another' },
      },
      'default',
    ),
  );
  await eventually(async () => (await findPlan(world.db, id))?.state === 'ready', 'the undo is planned');
  expect((await findPlan(world.db, id))?.document?.blockers).toEqual([]);
  const undoId = await world.start(id);
  await ended(undoId);
  expect(await orders()).toBe('later,saved');
  expect((await follower(undoId)).kind).toBe(backupKind);
}, 120_000);
