import type { Command } from 'commander';
import { formatBytes } from '@/lib/base/format';
import { withQuery } from '@/lib/cli/client';
import { type Context, clusterNamed } from '@/lib/cli/context';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import { age, printable, table } from '@/lib/cli/output';
import { backupsSchema } from '@/lib/contract/backups';
import { readinessLevels, scorecardSchema } from '@/lib/contract/scorecard';

/** `backups list`, `scorecard` */
export function addProveCommands(program: Command, context: (command: Command) => Context): void {
  program
    .command('backups')
    .description('saved copies')
    .command('list')
    .description('backups, newest first')
    .option('--cluster <name>', 'of one cluster')
    .action(async (options: { cluster?: string }, command: Command) =>
      listBackups(context(command), options),
    );
  program
    .command('scorecard')
    .description('readiness of each cluster, least proven first')
    .option('--cluster <name>', 'of one cluster')
    .option(
      '--require <level>',
      `exit with 1 unless each cluster has reached it: ${readinessLevels.join(', ')}`,
    )
    .action(async (options: ScorecardOptions, command: Command) => showScorecard(context(command), options));
}

async function listBackups(ctx: Context, options: { cluster?: string }): Promise<void> {
  const client = await ctx.client();
  const path = withQuery('/backups', {
    clusterId: options.cluster === undefined ? undefined : (await clusterNamed(client, options.cluster)).id,
  });
  const data = await client.get(path, backupsSchema);
  ctx.show(data, () =>
    data.items.length === 0
      ? 'There is no backup.'
      : table(
          ['cluster', 'database', 'size', 'finished', 'state', 'drill', 'worker', 'id'],
          data.items.map((backup) => [
            backup.cluster.name,
            backup.database,
            formatBytes(backup.bytes),
            age(backup.finishedAt),
            backup.state,
            backup.lastDrill ? `${backup.lastDrill.verdict}, ${age(backup.lastDrill.at)}` : 'never',
            backup.workerName,
            backup.id,
          ]),
        ),
  );
}

interface ScorecardOptions {
  cluster?: string;
  require?: string;
}

const levels: readonly string[] = readinessLevels;

async function showScorecard(ctx: Context, options: ScorecardOptions): Promise<void> {
  const required = levels.indexOf(options.require ?? '');
  if (options.require !== undefined && required < 0) {
    throw new CliError(
      exitCodes.usage,
      `“${options.require}” is no level.`,
      `Give one of ${readinessLevels.join(', ')}.`,
    );
  }
  const client = await ctx.client();
  const only = options.cluster === undefined ? undefined : (await clusterNamed(client, options.cluster)).id;
  const all = await client.get('/scorecard', scorecardSchema);
  const data = {
    ...all,
    clusters: all.clusters.filter(({ cluster }) => only === undefined || cluster.id === only),
  };
  ctx.show(data, () =>
    data.clusters
      .map(({ cluster, score, cells }) =>
        [
          `${printable(cluster.name)} (${printable(cluster.environment)}): level ${score.level ?? 'none'}, ${score.sentence}`,
          table(
            ['criterion', 'state', 'what was found'],
            cells.map((cell) => [cell.criterionId, cell.state, cell.sentence]),
          ),
        ].join('\n'),
      )
      .join('\n\n'),
  );
  const reached = (level: string | null) => levels.indexOf(level ?? '');
  if (required >= 0 && data.clusters.some(({ score }) => reached(score.level) < required))
    ctx.end(exitCodes.failed);
}
