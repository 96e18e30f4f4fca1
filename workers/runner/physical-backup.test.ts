import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import type { JsonObject } from '@/lib/engine/define-job';
import physicalBackup from '@/lib/jobs/physical-backup';
import { backupKind, drillKind } from '@/lib/testing/backup-kind';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { runSql } from '@/lib/testing/superuser';
import type { RunningTool } from '@/lib/tools/process';
import { childrenOf, groupMembers, listProcesses, sendSignal } from '@/lib/tools/process-groups';

let world: EngineWorld;
let stanza: TestStanza;
const running: RunningTool[] = [];

/** A console whose one cluster is the stanza's server, and that knows its repository. */
async function adopt(console: EngineWorld): Promise<void> {
  const { server } = stanza;
  Object.assign(console.login, {
    host: server.host,
    port: server.port,
    user: 'postgres',
    password: server.password,
  });
  await console.db
    .updateTable('instances')
    .set({ port: server.port })
    .where('id', '=', console.instanceId)
    .execute();
  const stanzaId = newId();
  await console.db
    .insertInto('stanzas')
    .values({
      ...{ id: stanzaId, cluster_id: console.clusterId, instance_id: console.instanceId, name: 'demo' },
      ...{ state: 'active', config_path: stanza.configFile, created_by_name: 'test' },
    })
    .execute();
  await console.db
    .insertInto('stanza_repositories')
    .values({
      ...{ id: newId(), stanza_id: stanzaId, ordinal: 1, path: stanza.repositoryPath },
      is_encrypted: true,
    })
    .execute();
}

beforeAll(async () => {
  [world, stanza] = await Promise.all([
    engineWorld({ [backupKind]: physicalBackup }),
    startStanza({ cipher: true, compressType: 'gz' }),
  ]);
  await adopt(world);
  // Enough to copy that a worker can be killed meanwhile.
  await runSql(stanza.server, 'postgres', [
    "create table filler as select string_agg(md5(random()::text), '') as text from generate_series(1, 600000) n group by n % 20000",
  ]);
}, 120_000);
afterAll(async () => {
  for (const tool of running) await tool.stop(3_000);
  await stanza.stop();
  await world.stop();
});

async function hire(failpoint?: string): Promise<RunningTool> {
  const tool = await world.startProcess({ name: 'w', leaseSeconds: 3 }, failpoint);
  running.push(tool);
  return tool;
}

/** Process groups with all of these words on a command line of theirs. */
function groupsOf(...words: string[]): number[] {
  const found = listProcesses().filter(({ pid }) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      return words.every((word) => line.includes(word));
    } catch {
      return false;
    }
  });
  return [...new Set(found.map(({ groupId }) => groupId))];
}

/** pgBackRest's own worker of a backup of this stanza runs: files are being copied. */
const isCopying = () => groupsOf(stanza.configFile, 'backup:local').length > 0;
const drill = { compareRows: false, onProductionHost: true };
const ended = ['succeeded', 'failed', 'needs-decision'] as const;

/** What must hold of a run whatever happened: one backup in the repository, one row, nothing left behind. */
async function assertOnce(runId: string): Promise<void> {
  const info = await stanza.info();
  const own = info.backup.filter(({ annotation }) => annotation?.['plumbline-run'] === runId);
  expect(own).toHaveLength(1);
  const rows = await world.db.selectFrom('backups').selectAll().where('run_id', '=', runId).execute();
  expect(rows).toMatchObject([{ label: own[0]?.label, type: 'physical', has_errors: false }]);
  await eventually(() => leftovers(world).length === 0, 'its directories are gone');
  expect(isCopying()).toBe(false);
}

test('F2: a worker killed in the middle of a backup: the next one adopts it, and it is taken once', async () => {
  const first = await hire();
  const plan = await world.plan(backupKind, { type: 'full' });
  const runId = await world.start(plan, 'w');
  await eventually(isCopying, 'files are being copied');
  sendSignal(first.pid, 'SIGKILL');
  await hire();
  await world.until(runId, ['succeeded', 'failed', 'needs-decision'], 90_000);
  expect(await world.state(runId)).toBe('succeeded');
  const log = await world.db.selectFrom('run_log').select('text').where('run_id', '=', runId).execute();
  expect(log.map(({ text }) => text).join()).toContain('of an earlier worker');
  await assertOnce(runId);
}, 150_000);

test('F2: a worker killed after the backup and before it was written down: the next one finds it by its annotation', async () => {
  for (const tool of running.splice(0)) await tool.stop(3_000);
  await hire('step-effect:backup');
  const plan = await world.plan(backupKind, { type: 'incr' });
  const runId = await world.start(plan, 'w');
  const [dying] = running;
  await dying?.exited;
  await hire();
  await world.until(runId, ['succeeded', 'failed', 'needs-decision'], 90_000);
  expect(await world.state(runId)).toBe('succeeded');
  const events = await world.db.selectFrom('run_events').selectAll().where('run_id', '=', runId).execute();
  expect(JSON.stringify(events)).toContain('step-found-done');
  await assertOnce(runId);
}, 150_000);

test('F5: a drill whose worker is killed with -9, in its restore and then with its guard over its server, is done again from nothing', async () => {
  for (const tool of running.splice(0)) await tool.stop(3_000);
  const runs = `${world.workDirOf('w')}/runs`;
  const first = await hire();
  const runId = await world.start(await world.plan(drillKind, drill), 'w');
  await eventually(() => groupsOf(runs, 'restore:local').length > 0, 'files are being restored');
  const restoring = groupsOf(runs, 'restore');
  sendSignal(first.pid, 'SIGKILL');
  await eventually(() => restoring.every((id) => groupMembers(id).length === 0), 'pgBackRest ended with it');
  // Nobody can know yet whether it is lost: it is not called failed, and nothing is called proven.
  expect(await world.state(runId)).toBe('running');

  const second = await hire();
  const serverOf = () => groupsOf('postgres', `${runs}/`, '/pg/data', 'listen_addresses');
  await eventually(() => serverOf().length > 0, 'the copy’s server runs', 60_000);
  const [server = 0] = serverOf();
  // As when the host's memory runs out: with the guard, so that nobody is left to end the server.
  for (const { pid } of childrenOf(second.pid)) if (pid !== server) sendSignal(pid, 'SIGKILL');
  sendSignal(second.pid, 'SIGKILL');
  await second.exited;
  expect(groupMembers(server).length).toBeGreaterThan(0);

  await hire();
  await world.until(runId, ended, 90_000);
  expect(await world.state(runId)).toBe('succeeded');
  expect(groupMembers(server)).toEqual([]);
  const evidence = await world.db
    .selectFrom('evidence')
    .select(['type', 'verdict'])
    .where('run_id', '=', runId)
    .execute();
  expect(evidence).toEqual([{ type: 'drill', verdict: 'pass' }]);
  await eventually(() => leftovers(world).length === 0, 'its directories are gone');
  expect(groupsOf(runs)).toEqual([]);
}, 150_000);

test('F22: two consoles with one repository: their backups wait for each other, their drills do not meet', async () => {
  const other = await engineWorld();
  await adopt(other);
  const colleague = await other.startProcess({ name: 'w' });
  try {
    const inBoth = async (kind: string, input: JsonObject) => {
      const plans = await Promise.all([world, other].map((each) => each.plan(kind, input)));
      const ids = await Promise.all([world.start(plans[0] ?? '', 'w'), other.start(plans[1] ?? '', 'w')]);
      await Promise.all([world.until(ids[0], ended, 120_000), other.until(ids[1], ended, 120_000)]);
      expect(await Promise.all([world.state(ids[0]), other.state(ids[1])])).toEqual([
        'succeeded',
        'succeeded',
      ]);
      return ids;
    };
    const backups = await inBoth(backupKind, { type: 'incr' });
    const { backup } = await stanza.info();
    const runsOf = backup.map(({ annotation }) => annotation?.['plumbline-run']);
    for (const [index, id] of backups.entries()) {
      expect(runsOf.filter((runId) => runId === id)).toHaveLength(1);
      const { db } = index === 0 ? world : other;
      const rows = await db
        .selectFrom('backups')
        .select(['label', 'has_errors'])
        .where('run_id', '=', id)
        .execute();
      expect(rows).toEqual([{ label: backup[runsOf.indexOf(id)]?.label, has_errors: false }]);
    }
    await inBoth(drillKind, drill);
    for (const each of [world, other]) {
      await eventually(() => leftovers(each).length === 0, 'the directories of both are gone');
    }
  } finally {
    await colleague.stop(3_000);
    await other.stop();
  }
}, 200_000);
