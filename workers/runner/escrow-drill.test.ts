import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { planJob } from '@/lib/commands/plans';
import { startRun } from '@/lib/commands/runs';
import { addSchedule } from '@/lib/commands/schedules';
import type { AnyJob } from '@/lib/engine/define-job';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import { catalogue } from '@/lib/registry/descriptors';
import { jobs } from '@/lib/registry/jobs.gen';
import { escrowsOfRepositories } from '@/lib/store/escrows';
import { findPlan } from '@/lib/store/plans';
import { giveTypedCopy } from '@/lib/store/typed-copies';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import type { RunningWorker } from '@/workers/worker';

const kind = catalogue.jobs.find(({ shows }) => shows === 'escrow')?.id ?? '';
const second = 2;
const meta = { requestId: 'test' };
const keeper: Actor = {
  kind: 'user',
  id: newId(),
  name: 'keeper@example.com',
  role: 'dba',
  mustChangePassword: false,
};

let world: EngineWorld;
let demo: TestStanza;
let worker: RunningWorker;
let stanzaId: string;
let pass: string;

beforeAll(async () => {
  [world, demo] = await Promise.all([
    engineWorld({ [kind]: jobs[kind as keyof typeof jobs] as AnyJob }),
    startStanza({ cipher: true, repositories: 2, compressType: 'gz' }),
  ]);
  pass = demo.cipherPass ?? '';
  const { server } = demo;
  Object.assign(world.login, {
    ...{ host: server.host, port: server.port },
    ...{ user: server.superuser, password: server.password },
  });
  await world.db.updateTable('instances').set({ port: server.port, role: 'primary' }).execute();
  stanzaId = newId();
  await world.db
    .insertInto('stanzas')
    .values({
      ...{ id: stanzaId, cluster_id: world.clusterId, instance_id: world.instanceId, name: 'demo' },
      ...{ state: 'active', worker_name: 'w', data_directory: server.dataDir, created_by_name: 'test' },
      facts: JSON.stringify({
        server: { port: server.port, socketDirectory: server.socketDir, user: server.superuser },
      }),
    })
    .execute();
  for (const { ordinal, path: place } of demo.config.repositories) {
    const id = newId();
    await world.db
      .insertInto('stanza_repositories')
      .values({ id, stanza_id: stanzaId, ordinal, path: place, is_encrypted: true })
      .execute();
    // The pass that the console has is damaged: only what is typed can open anything.
    await world.db
      .insertInto('sealed_secrets')
      .values({
        ...{ subject_kind: 'repository', subject_id: id, name: 'cipher-pass' },
        ...{ sealed: Buffer.from('damaged'), key_id: 'lost' },
      })
      .execute();
  }
  await demo.backup('full', { repo: second });
  const newest = (await demo.info()).backup.at(-1);
  const set = backupSetOf({ ...demo.stanza, id: stanzaId }, second, newest as never);
  await world.db
    .insertInto('backups')
    .values({
      ...{ id: newId(), cluster_id: world.clusterId, instance_id: world.instanceId, type: 'physical' },
      ...{ path: set.path, worker_name: 'w', bytes: set.bytes, server_version_num: 150_000 },
      ...{ facts: JSON.stringify(set.facts), started_at: set.startedAt, finished_at: set.finishedAt },
      ...{ stanza_id: stanzaId, repository: second, label: set.label, method: 'full', timeline: 1 },
      ...{ wal_first: set.walFirst, wal_last: set.walLast },
    })
    .execute();
  worker = await world.startWorker();
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await demo.stop();
  await world.stop();
});

async function planWith(typed: Record<string, string>, input: object = {}): Promise<string> {
  const wanted = { kind, clusterId: world.clusterId, typed };
  const { id } = await planJob(
    world.web,
    keeper,
    { ...wanted, input: { repository: second, compareRows: false, onProductionHost: true, ...input } },
    meta,
  );
  await eventually(async () => {
    const state = (await findPlan(world.db, id))?.state;
    return state === 'ready' || state === 'failed';
  }, 'the plan is made');
  return id;
}

async function start(planId: string): Promise<string> {
  const plan = await findPlan(world.db, planId);
  expect(plan?.error).toBeNull();
  expect(plan?.document?.blockers).toEqual([]);
  return (await startRun(world.web, keeper, { planId, planHash: plan?.hash ?? '' }, meta)).id;
}

const copiesOf = (planId: string) =>
  world.db.selectFrom('typed_copies').selectAll().where('plan_id', '=', planId).execute();

/** Every row of every table of the console as text: where a secret would be found. */
async function wholeDatabase(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', schemaname, tablename) as name
    from pg_tables where schemaname = 'public'`.execute(world.db);
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{ text: string }>`
        select coalesce(string_agg(t::text, ' '), '') as text from ${sql.raw(name)} as t`.execute(world.db);
      return rows[0]?.text ?? '';
    }),
  );
  return texts.join('\n');
}

/** Whether any process of this machine shows a text in its arguments or its environment. */
function isShown(secret: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) =>
      ['cmdline', 'environ'].some((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(secret);
        } catch {
          return false;
        }
      }),
    );
}

function filesWith(secret: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => {
      try {
        return statSync(file).isFile() && readFileSync(file, 'latin1').includes(secret);
      } catch {
        return false;
      }
    });
}

test('the typed copy alone restores the server, and then it is proven: when, by which run, by whom', async () => {
  // As on paper: in groups and with blanks around.
  const planId = await planWith({ keptPass: ` ${pass.slice(0, 9)} ${pass.slice(9)} ` });
  const plan = await findPlan(world.db, planId);
  expect(JSON.stringify(plan?.document?.acts)).toContain('{runDir}/typed/pgbackrest.conf');
  expect(plan?.document?.warnings.join()).toContain('unless it is started by');
  const runId = await start(planId);
  let wasShown = false;
  await eventually(
    async () => {
      wasShown ||= isShown(pass);
      return ['succeeded', 'failed'].includes(await world.state(runId));
    },
    'the drill has ended',
    90_000,
  );
  const log = await world.db.selectFrom('run_log').select('text').where('run_id', '=', runId).execute();
  expect(await world.state(runId), log.map(({ text }) => text).join('\n')).toBe('succeeded');
  expect(wasShown).toBe(false);
  const evidence = await world.db.selectFrom('evidence').selectAll().where('run_id', '=', runId).execute();
  expect(evidence.map(({ type, verdict }) => [type, verdict]).sort()).toEqual([
    ['drill', 'pass'],
    ['escrow', 'pass'],
  ]);
  const [first, other] = await escrowsOfRepositories(world.web, world.clusterId);
  expect(first).toMatchObject({ ordinal: 1, proven: null, refused: null });
  expect(other).toMatchObject({ ordinal: 2, refused: null, proven: { by: 'keeper@example.com', runId } });
  expect(await copiesOf(planId)).toMatchObject([
    { sealed: null, gone_why: 'Its run has ended.', run_id: runId },
  ]);
  expect(await wholeDatabase()).not.toContain(pass);
  expect(leftovers(world)).toEqual([]);
  expect(filesWith(pass, path.dirname(world.workDirOf('w')))).toEqual([]);
}, 120_000);

test('a wrong copy ends the run at once and honestly: nothing is proven, and no drill is called failed', async () => {
  const before = await demo.info();
  const planId = await planWith({ keptPass: 'not-the-pass-of-this-repository' });
  const runId = await start(planId);
  expect(await world.until(runId, ['succeeded', 'failed'], 60_000)).toBe('failed');
  const run = await world.db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirst();
  expect(run?.error?.message).toContain('The typed copy does not open repository 2.');
  expect(run?.epoch).toBe(1);
  const evidence = await world.db.selectFrom('evidence').selectAll().where('run_id', '=', runId).execute();
  expect(evidence).toMatchObject([{ type: 'escrow', verdict: 'fail' }]);
  const escrows = await escrowsOfRepositories(world.web, world.clusterId);
  expect(escrows[1]).toMatchObject({ proven: { by: 'keeper@example.com' }, refused: { runId } });
  expect(await copiesOf(planId)).toMatchObject([{ sealed: null }]);
  expect(await wholeDatabase()).not.toContain('not-the-pass-of-this-repository');
  expect(leftovers(world)).toEqual([]);
  expect((await demo.info()).backup).toEqual(before.backup);
}, 90_000);

test('what was typed is for one plan and one run, and gone when the plan cannot be started', async () => {
  const blocked = await planWith({ keptPass: pass }, { backupId: newId() });
  expect((await findPlan(world.db, blocked))?.state).toBe('failed');
  expect(await copiesOf(blocked)).toMatchObject([{ sealed: null, gone_why: 'Its plan cannot be started.' }]);

  const planId = await planWith({ keptPass: pass });
  const [copy] = await copiesOf(planId);
  expect(copy?.sealed).toBeInstanceOf(Buffer);
  expect(copy?.sealed?.toString('latin1')).not.toContain(pass);
  const wanted = { kind, clusterId: world.clusterId };
  const input = { repository: second, keptPass: copy?.id ?? '' };
  await expect(planJob(world.web, keeper, { ...wanted, input }, meta)).rejects.toMatchObject({
    code: 'bad-input',
    fields: { keptPass: expect.stringContaining('Type the copy') },
  });
  expect(await giveTypedCopy(world.web, { id: copy?.id ?? '', planId: newId(), runId: newId() })).toBe(false);
  await expect(
    world.web.selectFrom('typed_copies').select('sealed').where('plan_id', '=', planId).execute(),
  ).rejects.toThrow('permission denied');

  await sql`update typed_copies set expires_at = now() where plan_id = ${planId}`.execute(world.db);
  await expect(start(planId)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('gone'),
  });
  await eventually(async () => (await copiesOf(planId))[0]?.sealed === null, 'it is swept away');
  expect((await copiesOf(planId))[0]?.gone_why).toContain('half an hour');
}, 60_000);

test('a run that is cancelled before it begins takes it away, too', async () => {
  const planId = await planWith({ keptPass: pass });
  await sql`insert into run_locks (key, run_id) select ${`drill:${world.clusterId}`}, id from runs limit 1`.execute(
    world.db,
  );
  const runId = await start(planId);
  await sql`update runs set cancel_requested_at = now() where id = ${runId}`.execute(world.db);
  await world.until(runId, ['cancelled']);
  expect(await copiesOf(planId)).toMatchObject([{ sealed: null }]);
}, 60_000);

test('no schedule can carry it', async () => {
  const wanted = { kind, clusterId: world.clusterId, cron: '0 4 * * 0', zone: 'UTC' };
  const input = { repository: second, keptPass: newId() };
  await expect(
    addSchedule(world.web, keeper, { ...wanted, input, missed: 'run-once', enabled: true } as never, meta),
  ).rejects.toMatchObject({ code: 'conflict', next: expect.stringContaining('A person types') });
});
