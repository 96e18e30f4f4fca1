import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startActor } from '@/lib/auth/actor';
import { createStanza } from '@/lib/commands/stanzas';
import { newStanzaSchema } from '@/lib/contract/stanzas';
import type { AnyJob } from '@/lib/engine/define-job';
import physicalBackup from '@/lib/jobs/physical-backup';
import setUpArchiving from '@/lib/jobs/set-up-archiving';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { backupKind } from '@/lib/testing/backup-kind';
import { type EngineWorld, engineWorld } from '@/lib/testing/engine-world';
import { scratchDirectory } from '@/lib/testing/scratch';
import { openAsSuperuser } from '@/lib/testing/superuser';
import { sendSignal } from '@/lib/tools/process-groups';
import type { RunningWorker } from '@/workers/worker';

const setUpKind = 'set-up-archiving';
const kinds = { [setUpKind]: setUpArchiving, [backupKind]: physicalBackup } as unknown as Record<
  string,
  AnyJob
>;
const over = ['succeeded', 'failed', 'needs-decision'] as const;
const former = 'cp %p /tmp/never/%f';

let world: EngineWorld;
let worker: RunningWorker;
/** What happens between two writes of the run. */
let onPoint: (point: string, step?: string) => void = () => undefined;
const scratch = scratchDirectory('repo');

beforeAll(async () => {
  world = await engineWorld(kinds);
  worker = await world.startWorker(
    { leaseSeconds: 20 },
    { failpoint: (point, step) => onPoint(point, step) },
  );
  const { watched } = world;
  await watched.restart({ archive_mode: 'on', archive_command: former });
  // On the socket the login is asked for its password, which it gets by a file.
  writeFileSync(
    `${watched.dataDir}/pg_hba.conf`,
    'local all all scram-sha-256\nhost all all 127.0.0.1/32 trust\n',
  );
  sendSignal(watched.pid(), 'SIGHUP');
}, 60_000);
afterAll(async () => {
  await worker.stop();
  await world.stop();
  scratch.remove();
});

async function archiveCommand(): Promise<string> {
  const session = await openAsSuperuser(world.watched, 'postgres');
  const [row] = await session.query(`select current_setting('archive_command') as command`);
  await session.close();
  return String(row?.command);
}

async function run(kind: string, input = {}): Promise<string> {
  const runId = await world.start(await world.plan(kind, input));
  return world.until(runId, over, 60_000);
}

test('a described stanza is set up and backed up by real runs; its pass is in the worker’s file alone', async () => {
  const given = { how: 'configure', name: 'shop', repositories: [{ path: `${scratch.path}/one` }] };
  const { id, passes } = await createStanza(
    world.web,
    startActor,
    world.clusterId,
    newStanzaSchema.parse(given),
    { requestId: 'test' },
  );
  const pass = passes[0]?.pass ?? '';

  const directory = path.join(path.dirname(world.workDirOf('w')), 'pgbackrest');
  expect(await run(setUpKind)).toBe('succeeded');
  const file = `${directory}/${id}.conf`;
  expect(readFileSync(file, 'utf8')).toContain(`repo1-cipher-pass=${pass}`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await archiveCommand()).toContain(`--config=${file}`);
  expect(await stanzaOfCluster(world.db, world.clusterId)).toMatchObject({
    state: 'active',
    workerName: 'w',
  });
  expect(await run(backupKind, { type: 'full' })).toBe('succeeded');
  expect(await world.db.selectFrom('backups').selectAll().execute()).toMatchObject([
    { type: 'physical', method: 'full', stanza_id: id, repository: 1, has_errors: false },
  ]);

  const everything = [];
  for (const table of ['plans', 'run_steps', 'run_log', 'run_events', 'evidence', 'stanzas'] as const) {
    everything.push(await world.db.selectFrom(table).selectAll().execute());
  }
  expect(JSON.stringify(everything)).not.toContain(pass);
}, 120_000);

test('a set-up whose proof fails puts the former command back', async () => {
  const session = await openAsSuperuser(world.watched, 'postgres');
  await session.query('alter system reset archive_command');
  await session.query('select pg_reload_conf()');
  await session.close();
  const archive = `${scratch.path}/one/archive`;
  let duringRun = '';
  onPoint = (point, step) => {
    if (point !== 'step-done' || step !== 'archive') return;
    duringRun = readFileSync(`${world.watched.dataDir}/postgresql.auto.conf`, 'utf8');
    renameSync(archive, `${archive}.gone`);
  };
  expect(await run(setUpKind)).toBe('failed');
  expect(duringRun).toContain('archive-push');
  expect(await archiveCommand()).toBe(former);
  const events = await world.db.selectFrom('run_events').select('event').execute();
  expect(events.map(({ event }) => event)).not.toContain('clean-up-failed');
}, 120_000);
