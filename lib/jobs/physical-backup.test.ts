import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { physicalBackupGrants } from '@/lib/engine/grant-scripts';
import physicalBackup from '@/lib/jobs/physical-backup';
import { runAnnotation } from '@/lib/procedures/physical-backup-set';
import { nextBackup } from '@/lib/testing/backrest-process';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { until } from '@/lib/testing/until';
import { makeOwnedDirectory, removeTree, writeSecretFile } from '@/lib/tools/files';
import { backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { startTool } from '@/lib/tools/process';
import { groupMembers, sendSignal } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';

let stanza: TestStanza;
let harness: JobHarness;
const password = 'canary-password';
const input = { type: 'incr', repository: 1, waitMinutes: 0 } as const;

beforeAll(async () => {
  stanza = await startStanza({ cipher: 'canary-pass' });
  const { server } = stanza;
  await runSql(server, 'postgres', [
    `create role "back:up" login password '${password}'`,
    ...physicalBackupGrants('back:up', server.programs.major),
    'create table filler as select repeat(md5(n::text), 30) as text from generate_series(1, 30000) n',
  ]);
  // The login needs its password on the socket too: pgBackRest gets it by a file.
  writeFileSync(
    `${server.dataDir}/pg_hba.conf`,
    `local all "back:up" scram-sha-256\n${readFileSync(`${server.dataDir}/pg_hba.conf`, 'utf8')}`,
  );
  sendSignal(server.pid(), 'SIGHUP');
  harness = await jobHarness({
    server,
    logins: { backup: { user: 'back:up', password } },
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
  });
}, 60_000);
afterAll(async () => {
  harness.close();
  await stanza.stop();
});

test('a backup is planned with its exact command, taken by the least login, found by its annotation; no secret shows', async () => {
  const draft = await harness.plan(physicalBackup, input);
  expect(draft.blockers).toEqual([]);
  expect(draft.acts[0]?.argv).toContain(`--annotation=${runAnnotation}={run}`);
  expect(draft.acts[0]?.argv).toEqual(
    expect.arrayContaining(['--start-fast', '--no-expire-auto', '--type=incr', '--repo=1']),
  );

  const run = await harness.run(physicalBackup, input, { crashAfter: 'backup' });
  expect(run.error).toBeUndefined();
  const backup = harness.backups.get(run.runId);
  // There was no earlier one, so it is a full one, and is called so.
  expect(backup).toMatchObject({
    type: 'physical',
    method: 'full',
    hasErrors: false,
    dependsOn: [],
    timeline: 1,
  });
  const info = await stanza.info();
  expect(info.backup.map(({ label, annotation }) => [label, annotation])).toEqual([
    [backup?.label, { [runAnnotation]: run.runId }],
  ]);
  expect(run.evidence).toMatchObject([{ type: 'backup-set', verdict: 'pass', facts: { askedFor: 'incr' } }]);
  expect(run.progress.at(-1)?.done).toBeGreaterThan(50);
  expect(JSON.stringify([draft, run])).not.toContain('canary');

  const second = await harness.run(physicalBackup, input);
  expect(harness.backups.get(second.runId)).toMatchObject({ method: 'incr', dependsOn: [backup?.label] });
}, 60_000);

test('what it cannot do is a blocker with its remedy', async () => {
  const without = await jobHarness({ server: stanza.server });
  const [nothing] = (await without.plan(physicalBackup, input)).blockers;
  expect(nothing?.next).toContain('Set up archiving');
  without.close();
  const [elsewhere] = (await harness.plan(physicalBackup, { ...input, repository: 3 })).blockers;
  expect(elsewhere?.message).toBe('The stanza has no repository 3.');
  await runSql(stanza.server, 'postgres', [`create role weak login password '${password}'`]);
  const weak = await jobHarness({
    server: stanza.server,
    logins: { backup: { user: 'weak', password } },
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
  });
  const { blockers } = await weak.plan(physicalBackup, input);
  weak.close();
  expect(blockers.map(({ next }) => next).join()).toContain(
    'grant execute on function pg_catalog.pg_backup_start',
  );
});

test('F1: kill -9 of pgBackRest leaves no worker and no lock behind; the next backup works', async () => {
  const group = nextBackup();
  const running = harness.run(physicalBackup, { ...input, type: 'full' });
  const { groupId } = await group;
  sendSignal(groupId, 'SIGKILL');
  const run = await running;
  expect(run.state).toBe('failed');
  expect(groupMembers(groupId)).toEqual([]);
  expect((await harness.run(physicalBackup, input)).error).toBeUndefined();
}, 60_000);

test('F23: a cancel ends the whole group and leaves the lock free', async () => {
  const abort = new AbortController();
  const group = nextBackup();
  const running = harness.run(physicalBackup, { ...input, type: 'full' }, { signal: abort.signal });
  const { groupId } = await group;
  abort.abort();
  expect(await running).toMatchObject({ state: 'failed', error: { code: 'cancelled' }, evidence: [] });
  expect(groupMembers(groupId)).toEqual([]);
  expect((await stanza.info()).status.lock?.backup?.held).toBe(false);
}, 60_000);

test('F22: while another command holds the stanza it waits and then goes on; at the end of its patience it says so', async () => {
  const { server } = stanza;
  const foreign = await startTool({
    argv: [
      pgbackrestProgram,
      ...backrestArgs(
        'backup',
        { configFile: stanza.configFile, stanza: 'demo' },
        { type: 'incr', 'start-fast': true },
      ),
    ],
    user: toolUserName(),
  });
  const lock = `${stanza.config.directory}/lock/demo-backup.lock`;
  await until(() => existsSync(lock), 'the other one has the lock');
  const impatient = await harness.run(physicalBackup, input);
  expect(impatient.error).toMatchObject({ message: expect.stringContaining('Another backup') });
  const patient = await harness.run(physicalBackup, { ...input, waitMinutes: 1 });
  await foreign.exited;
  expect(patient.error).toBeUndefined();
  expect(Number(patient.outputs.backup?.attempts)).toBeGreaterThan(1);
  expect(server.pid()).toBeGreaterThan(0);
}, 60_000);

test('F26: a stop file is said as what it is', async () => {
  await stanza.run('stop');
  const stopped = await harness.run(physicalBackup, input);
  await stanza.run('start');
  expect(stopped.error).toMatchObject({
    message: expect.stringContaining('stop file'),
    next: expect.stringContaining('pgbackrest start'),
  });
}, 60_000);

test('F10: a wrong pass is told in a sentence, though its list is garbage with exit 0', async () => {
  const right = readFileSync(stanza.configFile, 'utf8');
  writeFileSync(stanza.configFile, right.replace('canary-pass', 'another-pass'));
  const wrong = await harness.run(physicalBackup, input);
  writeFileSync(stanza.configFile, right);
  expect(wrong.error).toMatchObject({
    message: expect.stringMatching(/cannot be decrypted|the pass is not/),
  });
  expect(harness.backups.has(wrong.runId)).toBe(false);
}, 60_000);

test('F20: a clock that was set back: a backup that would be older than the last one is refused by its reason', async () => {
  // As the repository looks when the last backup was taken while the clock went ahead.
  const history = `${stanza.repositoryPath}/backup/demo/backup.history/2099`;
  makeOwnedDirectory(history, toolUserName());
  writeSecretFile(`${history}/20990101-000000F.manifest.gz`, '', toolUserName());
  const refused = await harness.run(physicalBackup, { ...input, type: 'full' });
  removeTree(history);
  expect(refused.error).toMatchObject({
    message: expect.stringContaining('clock'),
    next: expect.stringContaining('clock'),
  });
  expect(harness.backups.has(refused.runId)).toBe(false);
  expect((await harness.run(physicalBackup, input)).error).toBeUndefined();
}, 60_000);

test('F11: damaged pages at the source: the backup is kept, marked, its evidence fails and so does the run', async () => {
  const session = await openAsSuperuser(stanza.server, 'postgres');
  const [row] = await session.query(`select pg_relation_filepath('filler') as path`);
  await session.query('checkpoint');
  await session.close();
  const file = openSync(`${stanza.server.dataDir}/${row?.path}`, 'r+');
  writeSync(file, Buffer.from('damage'), 0, 6, 8192 * 3 + 4000);
  closeSync(file);
  const run = await harness.run(physicalBackup, { ...input, type: 'full' });
  expect(run.error).toMatchObject({
    message: expect.stringContaining(String(row?.path)),
    next: expect.stringContaining('must not be expired'),
  });
  expect(run.evidence).toMatchObject([
    { verdict: 'fail', facts: { damagedFiles: [expect.stringContaining(String(row?.path))] } },
  ]);
  expect(harness.backups.get(run.runId)).toMatchObject({ hasErrors: true, method: 'full' });
  // The clean ones before it are all still there: nothing was expired.
  expect((await stanza.info()).backup.filter(({ error }) => !error).length).toBeGreaterThan(1);
}, 60_000);
