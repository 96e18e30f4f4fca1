import type { Command } from 'commander';
import { withQuery } from '@/lib/cli/client';
import { type Context, clusterNamed, instanceNamed } from '@/lib/cli/context';
import { age, printable, table } from '@/lib/cli/output';
import { changesSchema, markSetSchema } from '@/lib/contract/changes';

type ContextOf = (command: Command) => Context;

/** `changes`, `mark` */
export function addChangeCommands(program: Command, context: ContextOf): void {
  program
    .command('changes')
    .description('what changed: settings, schema, restarts, failovers, extensions, marks, runs; newest first')
    .option('--cluster <name>', 'of one cluster')
    .option('--instance <name>', 'of one instance, with what belongs to its whole cluster')
    .option('--range <length>', '15m, 1h, 6h, 24h, 7d or 30d', '24h')
    .option(
      '--kind <kinds>',
      'setting, restart, failover, schema, extension, mark, run, finding; with commas',
    )
    .action(async (options: ChangesOptions, command: Command) => listChanges(context(command), options));
  program
    .command('mark <text>')
    .description('set a mark on the charts and in the history: a deploy, a switch, a load test')
    .option('--cluster <name>', 'on the charts of one cluster; of all without it')
    .option('--at <time>', 'when it was, ISO 8601; now without it')
    .option('--key <text>', 'the same key sets the mark once, however often a build repeats it')
    .action(async (text: string, options: MarkOptions, command: Command) =>
      setMark(context(command), text, options),
    );
}

interface ChangesOptions {
  cluster?: string;
  instance?: string;
  range: string;
  kind?: string;
}

async function listChanges(ctx: Context, options: ChangesOptions): Promise<void> {
  const client = await ctx.client();
  const { cluster, instance, range, kind } = options;
  const path = withQuery('/changes', {
    clusterId: cluster === undefined ? undefined : (await clusterNamed(client, cluster)).id,
    instanceId: instance === undefined ? undefined : (await instanceNamed(client, instance)).id,
    ...{ range, kind, limit: 500 },
  });
  const data = await client.get(path, changesSchema);
  ctx.show(data, () =>
    data.items.length === 0
      ? 'Nothing changed.'
      : table(
          ['when', 'age', 'kind', 'cluster', 'instance', 'database', 'what', 'by'],
          data.items.map((change) => [
            change.at.slice(0, 19),
            age(change.at),
            change.kind,
            change.clusterName,
            change.instanceName,
            change.database,
            change.kind === 'run' ? `${change.object}: ${change.sentence}` : change.sentence,
            change.byName,
          ]),
        ),
  );
  for (const { instanceName, database, reason } of data.unknown) {
    const where = database === null ? instanceName : `${instanceName}, ${database}`;
    ctx.io.error(printable(`Changes of ${where} are not known: ${reason}`));
  }
}

interface MarkOptions {
  cluster?: string;
  at?: string;
  key?: string;
}

async function setMark(ctx: Context, text: string, options: MarkOptions): Promise<void> {
  const client = await ctx.client();
  const cluster = options.cluster === undefined ? undefined : await clusterNamed(client, options.cluster);
  const body = { text, clusterId: cluster?.id, at: options.at };
  const mark = await client.post('/marks', body, markSetSchema, options.key);
  ctx.show(mark, () => {
    const where = cluster === undefined ? 'every cluster' : printable(cluster.name);
    return `Marked on ${where} at ${mark.at}: ${printable(text)}`;
  });
}
