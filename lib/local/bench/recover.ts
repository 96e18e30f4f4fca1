import { connectInstance } from '@/lib/instance/connect';
import logicalBackup from '@/lib/jobs/logical-backup';
import physicalBackup from '@/lib/jobs/physical-backup';
import physicalDrill from '@/lib/jobs/physical-drill';
import restoreDatabase from '@/lib/jobs/restore-database';
import swapDatabase from '@/lib/jobs/swap-database';
import { round, type Spread, spread } from '@/lib/local/bench/figures';
import { type HarnessRun, type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { runSql } from '@/lib/testing/superuser';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { runToolOrFail } from '@/lib/tools/process';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

const pairs = 3;
const scale = 50;
const restoreJobs = 2;
const deadlineMs = 900_000;

/** Wall seconds of ours and of the bare program with the same options, and the median of the pairs' ratios. */
interface Beside {
  ours: Spread;
  bare: Spread;
  ratio: number;
}

export interface RecoverFigures {
  databaseBytes: number;
  /** The job beside bare `pgbackrest backup --type=full`. */
  physicalBackup: Beside;
  /** The drill's fetching and writing of files beside bare `pgbackrest restore` with as many processes. */
  physicalRestore: Beside;
  /** Seconds of each part of the last drill: what a restore takes is the sum, what a person decides is not in it. */
  rtoPhases: unknown;
  rtoSeconds: unknown;
  rpoSeconds: unknown;
  /** Restore of a dump beside the database in use (with counting every row) over bare createdb + pg_restore. */
  databaseRestore: Beside;
  /** The part of it that fills the database, over the same. */
  databaseFill: Beside;
  /** From the start of an approved swap to the first answer of the database under its name. */
  swapToFirstQuerySeconds: Spread;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

function beside(ours: readonly number[], bare: readonly number[]): Beside {
  const ratios = ours.map((value, index) => value / (bare[index] ?? Number.NaN));
  return { ours: spread(ours), bare: spread(bare), ratio: round(spread(ratios).p50) };
}

function succeeded(run: HarnessRun): HarnessRun {
  if (run.state !== 'succeeded') throw run.error;
  return run;
}

/** Backups and restores beside the bare programs with the same options, on pgbench of scale 50, in turn. */
export async function measureRecover(progress: (text: string) => void): Promise<RecoverFigures> {
  const stanza = await startStanza({ server: { config: { max_wal_size: '2GB' } } });
  const harness = await jobHarness({
    server: stanza.server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
  });
  try {
    progress('filling a database');
    const bytes = await fill(stanza);
    const physical = await measurePhysical(stanza, harness, progress);
    const logical = await measureLogical(stanza, harness, progress);
    return { databaseBytes: bytes, ...physical, ...logical };
  } finally {
    harness.close();
    await stanza.stop();
  }
}

async function fill({ server }: TestStanza): Promise<number> {
  await runSql(server, 'postgres', ['create database bench']);
  await runToolOrFail({
    argv: [
      programPath(server.programs, 'pgbench'),
      '--initialize',
      `--scale=${scale}`,
      '--quiet',
      server.url('bench'),
    ],
    user: toolUserName(),
    deadlineMs,
  });
  const session = await openBench(server);
  const [size] = await session.query(`select pg_database_size('bench')::float8 as bytes`);
  await session.close();
  return Number(size?.bytes);
}

function openBench(server: TestStanza['server']) {
  return connectInstance({
    host: server.host,
    port: server.port,
    database: 'bench',
    tlsMode: 'disable',
    user: server.superuser,
    password: server.password,
    applicationName: 'bench',
  });
}

async function measurePhysical(
  stanza: TestStanza,
  harness: JobHarness,
  progress: (text: string) => void,
): Promise<
  Pick<RecoverFigures, 'physicalBackup' | 'physicalRestore' | 'rtoPhases' | 'rtoSeconds' | 'rpoSeconds'>
> {
  const backups: number[] = [];
  const bareBackups: number[] = [];
  const restores: number[] = [];
  const bareRestores: number[] = [];
  const scratch = scratchDirectory('bench');
  let drilled: HarnessRun | undefined;
  try {
    for (let pair = 1; pair <= pairs; pair += 1) {
      progress(`physical, pair ${pair} of ${pairs}`);
      const input = { type: 'full', repository: 1, waitMinutes: 0 } as const;
      backups.push(await seconds(async () => succeeded(await harness.run(physicalBackup, input))));
      bareBackups.push(await seconds(() => stanza.backup('full')));
      const drill = succeeded(await harness.run(physicalDrill, { jobs: restoreJobs }));
      drilled = drill;
      const { fetch = Number.NaN, restore = Number.NaN } = phasesOf(drill);
      restores.push(fetch + restore);
      const directory = `${scratch.path}/bare`;
      makeOwnedDirectory(directory, toolUserName());
      bareRestores.push(
        await seconds(async () => {
          const result = await stanza.run('restore', { 'pg1-path': directory, 'process-max': restoreJobs });
          if (result.exitCode !== 0) throw new Error(result.stdout);
        }),
      );
      removeTree(directory);
    }
  } finally {
    scratch.remove();
  }
  const facts = drilled?.evidence.find((one) => one.type === 'drill')?.facts ?? {};
  return {
    physicalBackup: beside(backups, bareBackups),
    physicalRestore: beside(restores, bareRestores),
    rtoPhases: facts.phases ?? null,
    rtoSeconds: facts.rtoSeconds ?? null,
    rpoSeconds: facts.rpoSeconds ?? null,
  };
}

function phasesOf(run: HarnessRun): Record<string, number> {
  const facts = run.evidence.find((one) => one.type === 'drill')?.facts;
  return (facts?.phases ?? {}) as Record<string, number>;
}

async function measureLogical(
  stanza: TestStanza,
  harness: JobHarness,
  progress: (text: string) => void,
): Promise<Pick<RecoverFigures, 'databaseRestore' | 'databaseFill' | 'swapToFirstQuerySeconds'>> {
  const { server } = stanza;
  progress('dumping');
  const dump = succeeded(await harness.run(logicalBackup, { database: 'bench', jobs: 2, compression: 3 }));
  const path = String(dump.outputs.publish?.path);
  const restores: number[] = [];
  const fills: number[] = [];
  const bares: number[] = [];
  const swaps: number[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    progress(`logical, pair ${pair} of ${pairs}`);
    const name = `bench_restore_${pair}`;
    let restored: HarnessRun | undefined;
    restores.push(
      await seconds(async () => {
        restored = succeeded(await harness.run(restoreDatabase, { backupId: dump.runId, name, jobs: 2 }));
      }),
    );
    fills.push(Number(restored?.outputs.restore?.restoreSeconds));
    bares.push(await seconds(() => bareRestore(stanza, `${path}/dump`)));
    swaps.push(await measureSwap(harness, server, name, `bench_before_${pair}`));
  }
  return {
    databaseRestore: beside(restores, bares),
    databaseFill: beside(fills, bares),
    swapToFirstQuerySeconds: spread(swaps),
  };
}

async function bareRestore({ server }: TestStanza, directory: string): Promise<void> {
  await runSql(server, 'postgres', [
    'drop database if exists bare',
    'create database bare template template0',
  ]);
  await runToolOrFail({
    argv: [
      programPath(server.programs, 'pg_restore'),
      '--jobs=2',
      `--dbname=${server.url('bare')}`,
      directory,
    ],
    user: toolUserName(),
    deadlineMs,
  });
}

/** Asks the name again and again from the start of the swap: the first answer of the new one ends the time. */
async function measureSwap(
  harness: JobHarness,
  server: TestStanza['server'],
  restored: string,
  keepAs: string,
): Promise<number> {
  const was = await oidOfBench(server);
  const from = performance.now();
  const run = harness.run(swapDatabase, { database: 'bench', restored, keepAs, acceptDifferences: true });
  let answered = 0;
  const asking = (async () => {
    while (answered === 0) {
      const oid = await oidOfBench(server).catch(() => was);
      if (oid !== was) answered = (performance.now() - from) / 1000;
    }
  })();
  succeeded(await run);
  await asking;
  return answered;
}

/** By a session of the database itself: that it can be connected to is what counts. */
async function oidOfBench(server: TestStanza['server']): Promise<number> {
  const session = await openBench(server);
  try {
    const [row] = await session.query(
      'select oid::int8::float8 as oid from pg_database where datname = current_database()',
    );
    return Number(row?.oid);
  } finally {
    await session.close();
  }
}
