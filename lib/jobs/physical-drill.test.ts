import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { physicalBackupGrants } from '@/lib/engine/grant-scripts';
import physicalDrill from '@/lib/jobs/physical-drill';
import { backupSetOf } from '@/lib/procedures/physical-backup-set';
import type { DrillCheck } from '@/lib/procedures/validation';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { quickDirectory } from '@/lib/testing/small-disk';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';
import { until } from '@/lib/testing/until';
import { runTool } from '@/lib/tools/process';
import { listProcesses } from '@/lib/tools/process-groups';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

let demo: TestStanza;
let harness: JobHarness;
let work: Awaited<ReturnType<typeof quickDirectory>>;
const scratch = scratchDirectory('drill');

async function takeBackup(): Promise<string> {
  await demo.backup('full');
  const newest = (await demo.info()).backup.at(-1);
  const id = crypto.randomUUID();
  harness.backups.set(id, {
    ...backupSetOf(demo.stanza, 1, newest as never),
    id,
    database: null,
    clusterId: harness.target.clusterId,
    instanceId: harness.target.instanceId,
    workerName: 'harness',
    serverVersionNum: harness.target.serverVersionNum,
    state: 'ready',
  });
  return id;
}

async function ask(sql: string): Promise<string> {
  const session = await openAsSuperuser(demo.server, 'postgres');
  const [row] = await session.query(sql);
  await session.close();
  return String(Object.values(row ?? {})[0]);
}

function factsOf(run: HarnessRun) {
  const evidence = run.evidence.find(({ type }) => type === 'drill');
  const checks = (evidence?.facts.checks ?? []) as unknown as DrillCheck[];
  return {
    evidence,
    facts: evidence?.facts ?? {},
    checks: Object.fromEntries(checks.map((one) => [one.name, one])),
  };
}

/** Processes that work in a folder: the copy's server, tools. */
function processesOf(folder: string): number {
  return listProcesses().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  }).length;
}

const pgbench = (args: string[], signal?: AbortSignal) =>
  runTool({
    argv: [
      programPath(demo.server.programs, 'pgbench'),
      ...[`--host=${demo.server.socketDir}`, `--port=${demo.server.port}`, '--username=postgres'],
      ...args,
      'postgres',
    ],
    user: toolUserName(),
    signal,
    deadlineMs: 120_000,
  });

beforeAll(async () => {
  work = await quickDirectory(`${scratch.path}/work`, 600 * 1024 * 1024);
  demo = await startStanza();
  await pgbench(['--initialize', '--scale=1', '--quiet']);
  await runSql(demo.server, 'postgres', [
    'create table quiet (id int primary key, pad text default repeat($$x$$, 500))',
    'insert into quiet select generate_series(1, 300)',
    'create unlogged table passing (n int)',
    // Asked for its rows it is an error, and no damage.
    'create materialized view later as select id from quiet with no data',
    'create materialized view digest as select count(*) from quiet',
  ]);
  // What the console's script grants, and not a superuser: statistics, all rows, and closing a segment of WAL.
  await runSql(demo.server, 'postgres', [
    `create role saver login password 'saver' bypassrls`,
    'grant pg_read_all_data to saver',
    ...physicalBackupGrants('saver', demo.server.programs.major),
  ]);
  harness = await jobHarness({
    server: demo.server,
    stanza: demo.stanza,
    stanzaConfigFile: demo.configFile,
    logins: { backup: { user: 'saver', password: 'saver' } },
    workDir: work.path,
  });
  await takeBackup();
});

afterAll(async () => {
  harness.close();
  await demo.stop();
  await work.remove();
  scratch.remove();
});

test('a drill under a running pgbench proves the exact last heartbeat, and leaves nothing', async () => {
  const ending = new AbortController();
  const load = pgbench(['--client=2', '--time=100', '--rate=100'], ending.signal).catch(() => undefined);
  await until(
    async () => Number(await ask('select count(*) from pgbench_history')) > 20,
    'the load has begun',
  );
  const draft = await harness.plan(physicalDrill, {});
  expect(draft.blockers).toEqual([]);
  const run = await harness.run(physicalDrill, {
    assertions: [
      'postgres: select count(*) = 300 from public.quiet',
      'postgres: select 1 from public.quiet where id < 0',
    ],
  });
  ending.abort();
  await load;
  expect(run.error).toBeUndefined();
  const { facts, checks, evidence } = factsOf(run);
  expect(evidence).toMatchObject({ verdict: 'pass', backupId: [...harness.backups.keys()][0] });
  expect(Object.keys(checks).sort()).toEqual(
    [
      ...[
        'amcheck',
        'assertions',
        'checksums',
        'collations',
        'extensions',
        'foreign-keys',
        'heaps',
        'heartbeat',
      ],
      ...['indexes', 'restore', 'rows-as-source', 'sequences'],
    ].sort(),
  );
  const beat = facts.heartbeat as { xid: string; lsn: string; committedAt: string };
  expect(checks.heartbeat?.detail).toContain(`Transaction ${beat.xid}`);
  // It stands at the heartbeat, not at what the load committed later.
  expect(String(facts.stopping)).toMatch(/^after WAL location/);
  expect(Math.abs(Date.parse(String(facts.reachedAt)) - Date.parse(beat.committedAt))).toBeLessThan(2_000);
  expect(facts.rpoSeconds).toBeGreaterThanOrEqual(0);
  expect(facts.rtoSeconds).toBeGreaterThan(0);
  expect(Object.keys(facts.phases as object)).toEqual(
    expect.arrayContaining([
      'heartbeat',
      'fetch',
      'restore',
      'replay',
      'promote',
      'validate',
      'amcheck',
      'checksums',
    ]),
  );
  const notChecked = (facts.notChecked as string[]).join('\n');
  expect(notChecked).toMatch(/being written: .*pgbench_/);
  expect(notChecked).toContain('public.passing is unlogged');
  expect(processesOf(run.runDir)).toBe(0);
  expect(existsSync(run.runDir)).toBe(false);
});

test('F23: cancelled while it recovers or validates, it leaves no process and no file', async () => {
  for (const phase of ['Recovering', 'Phase validate']) {
    const ending = new AbortController();
    const run = await harness.run(
      physicalDrill,
      {},
      { signal: ending.signal, onLog: (text) => text.startsWith(phase) && ending.abort() },
    );
    expect(run.state).toBe('failed');
    expect(run.evidence).toEqual([]);
    expect(processesOf(run.runDir)).toBe(0);
    expect(existsSync(run.runDir)).toBe(false);
  }
});

test('F22: two drills of one cluster wait for each other', () => {
  const target = { clusterId: 'c', instanceId: 'i' };
  const input = physicalDrill.input.parse({});
  expect(physicalDrill.locks(input, target)).toEqual(physicalDrill.locks(input, target));
});

test('F21, F13: with the source dead the archive is replayed to its end, and a hole in it fails the drill', async () => {
  harness.target.isReachable = false;
  const draft = await harness.plan(physicalDrill, {});
  expect(draft.warnings.join()).toContain('The server does not answer');
  const sound = await harness.run(physicalDrill, {});
  expect(sound.error).toBeUndefined();
  expect(factsOf(sound).checks['archive-end']?.verdict).toBe('pass');
  expect(factsOf(sound).facts).toMatchObject({ heartbeat: null, rpoSeconds: null });

  const segment = await demo.archiveNow();
  await demo.archiveNow();
  const folder = path.join(demo.repositoryPath, 'archive/demo/15-1', segment.slice(0, 16));
  const file = path.join(folder, readdirSync(folder).find((name) => name.startsWith(segment)) ?? '');
  renameSync(file, `${demo.repositoryPath}/away`);
  const holed = await harness.run(physicalDrill, {});
  renameSync(`${demo.repositoryPath}/away`, file);
  harness.target.isReachable = true;
  expect(holed.error).toMatchObject({ message: expect.stringContaining('archive-end') });
  expect(factsOf(holed).evidence?.verdict).toBe('fail');
});

test('a page that was damaged on the source is found by the name of its table, and an assertion by its number', async () => {
  const file = path.join(demo.server.dataDir, await ask(`select pg_relation_filepath('quiet')`));
  await demo.server.shutDown();
  const bytes = readFileSync(file);
  // In a row of the second page: the header stays what it was.
  bytes[8192 + 8000] = (bytes[8192 + 8000] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
  await demo.server.restart();
  const backupId = await takeBackup();
  expect(harness.backups.get(backupId)?.hasErrors).toBe(true);
  const run = await harness.run(physicalDrill, {
    backupId,
    compareRows: false,
    assertions: ['postgres: select pg_read_file($$/etc/passwd$$)', 'nowhere: select 1'],
  });
  const { checks, evidence } = factsOf(run);
  expect(evidence?.verdict).toBe('fail');
  expect(checks.heaps?.detail).toContain('public.quiet cannot be read');
  expect(checks.checksums?.detail).toContain('public.quiet in postgres, block 1');
  expect(checks.amcheck?.verdict).toBe('fail');
  expect(checks.restore?.verdict).toBe('partial');
  expect(checks.assertions?.detail).toMatch(/1\. .*permission.*2\. .*nowhere/s);
});

test('a drill is refused on the host of a production server unless it is allowed there', async () => {
  harness.target.isProduction = true;
  const draft = await harness.plan(physicalDrill, {});
  expect(draft.blockers.map(({ message }) => message).join()).toContain('host of a production server');
  expect((await harness.plan(physicalDrill, { onProductionHost: true })).blockers).toEqual([]);
  await expect(harness.plan(physicalDrill, { assertions: ['select 1'] })).rejects.toMatchObject({
    fields: { assertions: expect.any(String) },
  });
});
