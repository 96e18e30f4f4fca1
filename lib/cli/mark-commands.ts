import type { Command } from 'commander';
import { type Context, clusterNamed } from '@/lib/cli/context';
import { printable } from '@/lib/cli/output';
import { markSetSchema } from '@/lib/contract/changes';

interface MarkOptions {
  cluster?: string;
  at?: string;
  key?: string;
}

/** `mark` */
export function addMarkCommands(program: Command, context: (command: Command) => Context): void {
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
