import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import physicalBackup from '@/lib/jobs/physical-backup';
import physicalDrill from '@/lib/jobs/physical-drill';
import { ensureDemoTls } from '@/lib/local/demo/tls';
import { nextBackup } from '@/lib/testing/backrest-process';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startS3, type TestS3 } from '@/lib/testing/s3-server';
import { scratchDirectory } from '@/lib/testing/scratch';
import { type SmallDisk, smallDisk } from '@/lib/testing/small-disk';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { listProcesses } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';

let s3: TestS3;
let stanza: TestStanza;
let harness: JobHarness;
let repository: SmallDisk;
let workDisk: SmallDisk;
const scratch = scratchDirectory('s3-tls');
const mib = 1024 * 1024;
const roomy = 400 * mib;
const onS3 = { type: 'full', repository: 2, waitMinutes: 0 } as const;
const onDisk = { ...onS3, repository: 1 } as const;

beforeAll(async () => {
  repository = await smallDisk(`${scratch.path}/repository`, 24 * mib);
  workDisk = await smallDisk(`${scratch.path}/work`, roomy);
  const tls = await ensureDemoTls(scratch.path, toolUserName());
  s3 = await startS3('backups', tls);
  stanza = await startStanza({
    s3: {
      // pgBackRest compares names only, no addresses.
      ...{ endpoint: `https://localhost:${s3.port}`, region: s3.region, bucket: s3.bucket },
      ...{ uriStyle: 'path', verifyTls: true, caFile: `${scratch.path}/ca.crt` },
      ...{ key: s3.accessKey, keySecret: s3.secretKey },
    },
    cipher: true,
    // A minute of patience (it waits nine times as long) and a second try after 15 s are right for production.
    globals: ['io-timeout=1', 'job-retry=0'],
    repositoryPath: repository.path,
  });
  harness = await jobHarness({
    server: stanza.server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
    workDir: workDisk.path,
  });
}, 120_000);
afterAll(async () => {
  harness?.close();
  await stanza?.stop();
  await repository?.remove();
  await workDisk?.remove();
  await s3?.stop();
  scratch.remove();
});

test('F9: S3 goes away half-way: a clear error, nothing registered, and a clean retry', async () => {
  const begun = nextBackup();
  const running = harness.run(physicalBackup, onS3);
  await begun;
  await s3.kill();
  const broken = await running;
  expect(broken.error).toMatchObject({
    code: 'tool-failed',
    message: expect.stringContaining('storage of the repository cannot be reached'),
    next: expect.stringContaining('start again'),
  });
  expect(harness.backups.has(broken.runId)).toBe(false);
  await s3.restart();
  // Impatience was for the storage that does not come back; on a busy machine a living one may be slow.
  const config = readFileSync(stanza.configFile, 'utf8');
  writeFileSync(stanza.configFile, config.replace('io-timeout=1', 'io-timeout=20'));
  const after = await harness.run(physicalBackup, onS3);
  expect(after.error).toBeUndefined();
  expect(harness.backups.get(after.runId)).toMatchObject({ repository: 2, hasErrors: false });
}, 120_000);

/** Processes that work in a folder: the copy's server, tools. */
const processesIn = (folder: string) =>
  listProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });

test('a drill out of S3 proves the last heartbeat', async () => {
  const run = await harness.run(physicalDrill, { repository: 2, compareRows: false });
  expect(run.error).toBeUndefined();
  const drill = run.evidence.find(({ type }) => type === 'drill');
  expect(drill).toMatchObject({
    verdict: 'pass',
    facts: { repository: 2, heartbeat: { xid: expect.any(String) } },
  });
});

test.each([
  ['while files are written', 'restore'],
  ['while WAL is replayed', 'pg_controldata'],
])(
  'F8: the disk of a drill gets full %s: it says so, judges nothing and leaves nothing',
  async (_, point) => {
    await workDisk.resize(roomy);
    const run = await harness.run(
      physicalDrill,
      { repository: 2, compareRows: false },
      {
        onTool: async ({ program, args }) => {
          if (args.includes(point) || program.endsWith(point)) await workDisk.leaveFree(8 * mib);
        },
      },
    );
    expect(run.error).toMatchObject({
      code: 'tool-failed',
      message: 'The disk of the copy is full.',
      next: expect.stringContaining('Free space'),
    });
    // It has proven nothing of the backup, neither good nor bad.
    expect(run.evidence).toEqual([]);
    expect(processesIn(run.runDir)).toEqual([]);
    expect(readdirSync(workDisk.path)).toEqual([]);
  },
);

test('F7: a full repository is said as such, and the backup works once there is room', async () => {
  // All but what a few small files need.
  await repository.leaveFree(mib);
  const full = await harness.run(physicalBackup, onDisk);
  expect(full.error).toMatchObject({
    message: expect.stringContaining('most often it is full'),
    next: expect.stringContaining('Make room'),
  });
  expect(harness.backups.has(full.runId)).toBe(false);
  await repository.resize(24 * mib);
  const again = await harness.run(physicalBackup, onDisk);
  expect(again.error).toBeUndefined();
}, 120_000);
