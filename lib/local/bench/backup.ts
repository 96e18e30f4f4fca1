import logicalBackup from '@/lib/jobs/logical-backup';
import { round, type Spread, spread } from '@/lib/local/bench/figures';
import { dumpArguments } from '@/lib/procedures/dump-run';
import { jobHarness } from '@/lib/testing/job-harness';
import { startPostgres } from '@/lib/testing/postgres';
import { removeTree } from '@/lib/tools/files';
import { runToolOrFail } from '@/lib/tools/process';
import { programPath } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

const pairs = 5;
const options = { jobs: 2, compression: 3 };

export interface BackupFigures {
  databaseBytes: number;
  /** Wall seconds of the whole job: dump, decode every row as a check, checksums, rename. */
  jobSeconds: Spread;
  /** Wall seconds of its dump alone. */
  dumpStepSeconds: Spread;
  /** Wall seconds of bare pg_dump with the same flags. */
  pgDumpSeconds: Spread;
  /** Medians of the pairs' ratios. */
  jobOverPgDump: number;
  dumpStepOverPgDump: number;
}

/** `logical-backup` beside bare pg_dump with the same flags on the same database, in turn. */
export async function measureBackup(progress: (text: string) => void): Promise<BackupFigures> {
  const server = await startPostgres({ config: { max_wal_size: '2GB' } });
  const harness = await jobHarness({ server });
  try {
    progress('filling a database');
    const session = await harness.planContext().connect('operate');
    await session.query('create database bench');
    await session.close();
    await runToolOrFail({
      argv: [
        programPath(server.programs, 'pgbench'),
        '--initialize',
        '--scale=50',
        '--quiet',
        server.url('bench'),
      ],
      user: toolUserName(),
      deadlineMs: 300_000,
    });
    const sized = await harness.planContext().connect('operate');
    const [size] = await sized.query(`select pg_database_size('bench')::float8 as bytes`);
    await sized.close();

    const jobSeconds: number[] = [];
    const stepSeconds: number[] = [];
    const bareSeconds: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      progress(`pair ${pair + 1} of ${pairs}`);
      const started = performance.now();
      const result = await harness.run(logicalBackup, { database: 'bench', ...options });
      if (result.state !== 'succeeded') throw result.error;
      jobSeconds.push((performance.now() - started) / 1000);
      stepSeconds.push(Number(result.outputs.dump?.dumpSeconds));

      const directory = `${harness.repositoryDir}/bare-${pair}`;
      const flags = dumpArguments({ ...options, database: 'bench', major: 0, directory }).filter(
        (flag) => !flag.startsWith('--snapshot'),
      );
      const bare = performance.now();
      await runToolOrFail({
        argv: [programPath(server.programs, 'pg_dump'), ...flags, `--dbname=${server.url('bench')}`],
        user: toolUserName(),
        deadlineMs: 300_000,
      });
      bareSeconds.push((performance.now() - bare) / 1000);
      removeTree(directory);
    }
    const median = (values: number[]) => spread(values).p50;
    return {
      databaseBytes: Number(size?.bytes),
      jobSeconds: spread(jobSeconds),
      dumpStepSeconds: spread(stepSeconds),
      pgDumpSeconds: spread(bareSeconds),
      jobOverPgDump: round(
        median(jobSeconds.map((value, index) => value / (bareSeconds[index] ?? Number.NaN))),
      ),
      dumpStepOverPgDump: round(
        median(stepSeconds.map((value, index) => value / (bareSeconds[index] ?? Number.NaN))),
      ),
    };
  } finally {
    harness.close();
    await server.stop();
  }
}
