import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StanzaRecord } from '@/lib/engine/define-job';
import adoptStanza from '@/lib/jobs/adopt-stanza';
import takeOverStanza from '@/lib/jobs/take-over-stanza';
import { foreignSchedules } from '@/lib/procedures/stanza-adopt';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';

let stanza: TestStanza;
let harness: JobHarness;
let record: StanzaRecord;

beforeAll(async () => {
  stanza = await startStanza({ cipher: true });
  record = {
    ...stanza.stanza,
    state: 'draft',
    isManaged: false,
    configPath: stanza.configFile,
    dataDirectory: null,
    repositories: [],
  };
  harness = await jobHarness({ server: stanza.server, stanza: record });
}, 60_000);
afterAll(async () => {
  harness.close();
  await stanza.stop();
});

test('a stanza is adopted as its own file says, and only from a file that nobody else may write', async () => {
  chmodSync(stanza.configFile, 0o666);
  const open = await harness.plan(adoptStanza, {});
  expect(open.blockers).toMatchObject([{ message: expect.stringContaining('may be written by others') }]);
  chmodSync(stanza.configFile, 0o600);
  const label = await stanza.backup();
  const draft = await harness.plan(adoptStanza, {});
  expect(draft.blockers).toEqual([]);
  expect(draft.tables?.[0]?.rows).toEqual([
    [1, 'posix', stanza.repositoryPath, 'yes', 'retention-full=9999999'],
  ]);
  const run = await harness.run(adoptStanza, {});
  expect(run.error).toBeUndefined();
  expect(run.evidence).toMatchObject([{ verdict: 'pass', facts: { backups: 1, newest: label } }]);
  expect(record).toMatchObject({
    state: 'active',
    isManaged: false,
    dataDirectory: stanza.server.dataDir,
    repositories: [{ ordinal: 1, path: stanza.repositoryPath, isEncrypted: true }],
  });
  expect(JSON.stringify([draft, run])).not.toContain(stanza.cipherPass);
}, 60_000);

test('what it cannot be is a blocker: another name, a file that is not there', async () => {
  const other = await jobHarness({ server: stanza.server, stanza: { ...record, name: 'other' } });
  expect((await other.plan(adoptStanza, {})).blockers).toMatchObject([
    { next: expect.stringContaining('demo') },
  ]);
  other.close();
  const nowhere = await jobHarness({
    server: stanza.server,
    stanza: { ...record, configPath: '/nowhere.conf' },
  });
  expect((await nowhere.plan(adoptStanza, {})).blockers[0]?.message).toContain('cannot read /nowhere.conf');
  nowhere.close();
});

test('somebody else’s schedules are found, comments left out', () => {
  const scratch = scratchDirectory('cron');
  mkdirSync(`${scratch.path}/cron.d`);
  writeFileSync(
    `${scratch.path}/cron.d/backup`,
    '# pgbackrest nightly\n0 1 * * * postgres pgbackrest --stanza=main backup\n0 2 * * * root true\n',
  );
  expect(foreignSchedules([`${scratch.path}/cron.d`])).toEqual([
    { file: `${scratch.path}/cron.d/backup`, line: '0 1 * * * postgres pgbackrest --stanza=main backup' },
  ]);
  scratch.remove();
});

test('a hand-over makes it the console’s, and giving it back its owner’s again', async () => {
  const run = await harness.run(takeOverStanza, {});
  expect(run.error).toBeUndefined();
  expect(record.isManaged).toBe(true);
  const [again] = (await harness.plan(takeOverStanza, {})).blockers;
  expect(again?.message).toContain('nothing to hand over');
  expect((await harness.run(adoptStanza, {})).error).toBeUndefined();
  expect(record.isManaged).toBe(false);
});
