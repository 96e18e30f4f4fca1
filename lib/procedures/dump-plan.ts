import { PlumblineError } from '@/lib/base/errors';
import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Purpose, Session } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { shownConninfo } from '@/lib/procedures/conninfo';
import { databaseFolder, dumpFolder, partialFolder } from '@/lib/procedures/dump-archive';
import { clientMajor, dumpRightsBlockers, dumpSize, spaceVerdict } from '@/lib/procedures/dump-preflight';
import { dumpArguments } from '@/lib/procedures/dump-run';
import { packageOf } from '@/lib/tools/programs';

export type BackupParams = {
  folder: string;
  /** Major of the client programs. */
  major: number;
};

export interface BackupInput {
  database: string;
  jobs: number;
  compression: number;
}

/** Opens a database for planning; one that is not there is a wrong input, not an outage. */
export async function connectForPlan(ctx: PlanContext, purpose: Purpose, database: string): Promise<Session> {
  try {
    return await ctx.connect(purpose, database);
  } catch (error) {
    if (error instanceof InstanceError && error.reason === 'unknown-database') {
      throw new PlumblineError(
        'bad-input',
        `There is no database “${database}” on ${ctx.target.instanceName}.`,
        {
          fields: { database: 'This database does not exist there.' },
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** The dry run of a backup: rights, programs, space, and the exact command. Reads only. */
export async function planBackup(ctx: PlanContext, input: BackupInput): Promise<PlanDraft<BackupParams>> {
  const { target } = ctx;
  const serverMajor = Math.floor(target.serverVersionNum / 10_000);
  const session = await connectForPlan(ctx, 'backup', input.database);
  try {
    const size = await dumpSize(session);
    const space = await spaceVerdict(ctx, size.tableBytes);
    const blockers = [...(await dumpRightsBlockers(session)), ...space.blockers];
    const warnings = [...space.warnings];
    const major = await clientMajor(ctx, serverMajor, ['pg_dump', 'pg_restore']);
    if (major === undefined) {
      blockers.push({
        message: `The worker ${ctx.workerName} has no pg_dump of PostgreSQL ${serverMajor} or newer.`,
        next: `Install Debian’s package ${packageOf(serverMajor, 'client')} on it.`,
      });
    } else if (major > serverMajor) {
      warnings.push(
        `pg_dump of PostgreSQL ${major} is used for a server of ${serverMajor}: a restore needs pg_restore ${major} or newer.`,
      );
    }
    if (target.role === 'standby') {
      warnings.push(
        'A standby may cancel a long dump when replay needs rows removed (max_standby_streaming_delay), and holds no data of unlogged tables.',
      );
    }
    const past = await ctx.pastDurations();
    const folder = databaseFolder(ctx.repositoryDir, target.clusterName, input.database);
    const partial = partialFolder(folder, '{run}', '{epoch}');
    const directory = `${partial}/${dumpFolder}`;
    const options = { ...input, major: major ?? serverMajor, directory };
    return {
      summary: `Dump database “${input.database}” of ${target.instanceName} to ${folder}, decode all of it, then keep it as a backup.`,
      acts: [
        {
          step: 'dump',
          argv: ['pg_dump', shownConninfo(target, input.database, 'backup'), ...dumpArguments(options)],
          as: 'login backup',
        },
        { step: 'verify', argv: ['pg_restore', '--list', directory], as: 'the worker, without a connection' },
        { step: 'publish', argv: ['rename', partial, `${folder}/{run}`], as: 'the worker' },
      ],
      params: { folder, major: options.major },
      warnings,
      blockers,
      estimates: [
        { label: 'Tables to dump', value: size.tables, unit: 'count' },
        { label: 'Size of the tables', value: size.tableBytes, unit: 'bytes' },
        { label: 'Free in the repository', value: space.freeBytes, unit: 'bytes' },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
    };
  } finally {
    await session.close();
  }
}

/** The middle of some numbers; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
