import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import physicalBackup from '@/lib/jobs/physical-backup';
import { backupKind } from '@/lib/testing/backup-kind';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { runSql } from '@/lib/testing/superuser';
import type { RunningTool } from '@/lib/tools/process';
import { sendSignal } from '@/lib/tools/process-groups';

let world: EngineWorld;
let stanza: TestStanza;
const running: RunningTool[] = [];

beforeAll(async () => {
  [world, stanza] = await Promise.all([
    engineWorld({ [backupKind]: physicalBackup }),
    startStanza({ cipher: true, compressType: 'gz' }),
  ]);
  const { server } = stanza;
  // The world's cluster is the stanza's server here.
  Object.assign(world.login, {
    host: server.host,
    port: server.port,
    user: 'postgres',
    password: server.password,
  });
  await world.db
    .updateTable('instances')
    .set({ port: server.port })
    .where('id', '=', world.instanceId)
    .execute();
  await world.db
    .insertInto('stanzas')
    .values({
      ...{ id: newId(), cluster_id: world.clusterId, instance_id: world.instanceId, name: 'demo' },
      ...{ state: 'active', config_path: stanza.configFile, created_by_name: 'test' },
    })
    .execute();
  const [row] = await world.db.selectFrom('stanzas').select('id').execute();
  await world.db
    .insertInto('stanza_repositories')
    .values({
      id: newId(),
      stanza_id: row?.id ?? '',
      ordinal: 1,
      path: stanza.repositoryPath,
      is_encrypted: true,
    })
    .execute();
  // Enough to copy that a worker can be killed meanwhile.
  await runSql(server, 'postgres', [
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

/** pgBackRest's own worker of a backup of this stanza runs: files are being copied. */
function isCopying(): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        return line.includes(stanza.configFile) && line.includes('backup:local');
      } catch {
        return false;
      }
    });
}

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
