import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import physicalBackup from '@/lib/jobs/physical-backup';
import { ensureDemoTls } from '@/lib/local/demo/tls';
import { nextBackup } from '@/lib/testing/backrest-process';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startS3, type TestS3 } from '@/lib/testing/s3-server';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { giveTo, makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { explainExit } from '@/lib/tools/pgbackrest/errors';
import { runTool } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

let s3: TestS3;
let stanza: TestStanza;
let harness: JobHarness;
let small: string | undefined;
const scratch = scratchDirectory('s3-tls');
const onS3 = { type: 'full', repository: 2, waitMinutes: 0 } as const;
const onDisk = { ...onS3, repository: 1 } as const;

/** A disk of 24 MB for the first repository; where we may not mount one it stays an ordinary folder. */
async function smallDisk(): Promise<string> {
  const path = `${scratch.path}/small`;
  makeOwnedDirectory(path, toolUserName());
  const mounted = await runTool({
    argv: ['mount', '-t', 'tmpfs', '-o', 'size=24m,mode=700', 'none', path],
    deadlineMs: 10_000,
  }).catch(() => undefined);
  if (mounted?.exitCode === 0) {
    giveTo(path, toolUserName());
    small = path;
  }
  return path;
}

beforeAll(async () => {
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
    // A minute of patience and a second try after 15 s are right for production, not for a test.
    globals: ['io-timeout=3', 'job-retry=0'],
    repositoryPath: await smallDisk(),
  });
  harness = await jobHarness({
    server: stanza.server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
  });
}, 120_000);
afterAll(async () => {
  harness?.close();
  await stanza?.stop();
  if (small) await runTool({ argv: ['umount', '-l', small], deadlineMs: 10_000 });
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
  const after = await harness.run(physicalBackup, onS3);
  expect(after.error).toBeUndefined();
  expect(harness.backups.get(after.runId)).toMatchObject({ repository: 2, hasErrors: false });
}, 120_000);

test('F7: a full repository is said as such, and the backup works once there is room', async () => {
  if (!small) {
    // Without the right to mount there is no small disk: what is said of one is all that can be shown here.
    const said = ['ERROR: [064]: unable to write: [28] No space left on device'];
    expect(explainExit(64, said).message).toContain('most often it is full');
    return;
  }
  const filler = `${small}/filler`;
  // All but what a few small files need.
  const { stdout } = await runTool({ argv: ['df', '--output=avail', '-B1', small], deadlineMs: 10_000 });
  writeFileSync(filler, Buffer.alloc(Number(stdout.trim().split('\n').at(-1)) - 1_000_000));
  const full = await harness.run(physicalBackup, onDisk);
  expect(full.error).toMatchObject({
    message: expect.stringContaining('most often it is full'),
    next: expect.stringContaining('Make room'),
  });
  expect(harness.backups.has(full.runId)).toBe(false);
  removeTree(filler);
  const again = await harness.run(physicalBackup, onDisk);
  expect(again.error).toBeUndefined();
}, 120_000);
