import type { Command } from 'commander';
import { z } from 'zod';
import { withQuery } from '@/lib/cli/client';
import { type Context, clusterNamed, instanceNamed, poll } from '@/lib/cli/context';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import { age, printable, table } from '@/lib/cli/output';
import { addOwnCheckCommands } from '@/lib/cli/own-check-commands';
import { type CheckState, checkCatalogueSchema, instanceChecksSchema } from '@/lib/contract/checks';
import { clusterListSchema } from '@/lib/contract/clusters';
import { findingsSchema } from '@/lib/contract/findings';

type ContextOf = (command: Command) => Context;

/** `clusters list`, `checks list|run|import|export`, `findings` */
export function addLookCommands(program: Command, context: ContextOf): void {
  program
    .command('clusters')
    .description('clusters and who leads them')
    .command('list')
    .description('all clusters')
    .action(async (_options: object, command: Command) => listClusters(context(command)));
  const checks = program.command('checks').description('what is measured and judged');
  checks
    .command('list [instance]')
    .description('the catalogue; of an instance: each check with its state and age')
    .action(async (instance: string | undefined, _options: object, command: Command) =>
      instance === undefined ? listCatalogue(context(command)) : listChecks(context(command), instance),
    );
  checks
    .command('run <instance>')
    .description('run all checks of an instance now and wait for what they say')
    .option('--timeout <seconds>', 'how long to wait', '60')
    .action(async (instance: string, options: { timeout: string }, command: Command) =>
      runChecks(context(command), instance, options),
    );
  addOwnCheckCommands(checks, context);
  program
    .command('findings')
    .description('what checks judge bad or cannot measure, worst first')
    .option('--cluster <name>', 'of one cluster')
    .option('--instance <name>', 'of one instance')
    .option('--all', 'also those that are over')
    .option('--fail-on <level>', 'exit with 1 when one of this level or worse is open: crit, warn or unknown')
    .action(async (options: FindingsOptions, command: Command) => listFindings(context(command), options));
}

async function listClusters(ctx: Context): Promise<void> {
  const data = await (await ctx.client()).get('/clusters', clusterListSchema);
  ctx.show(data, () =>
    table(
      ['name', 'environment', 'primary', 'servers', 'crit', 'warn', 'unknown', 'backups', 'schedules', 'id'],
      data.items.map((cluster) => [
        cluster.name,
        cluster.environment,
        cluster.primary ? `${cluster.primary.name}${cluster.primary.caution ? ' (!)' : ''}` : null,
        cluster.instances.length,
        cluster.findings.crit,
        cluster.findings.warn,
        cluster.findings.unknown,
        cluster.backups,
        cluster.schedules,
        cluster.id,
      ]),
    ),
  );
  for (const cluster of data.items) {
    if (cluster.primary?.caution)
      ctx.io.error(`${printable(cluster.name)}: ${printable(cluster.primary.caution)}`);
  }
}

async function listCatalogue(ctx: Context): Promise<void> {
  const data = await (await ctx.client()).get('/checks', checkCatalogueSchema);
  ctx.show(data, () =>
    table(
      ['check', 'title', 'of', 'runs on', 'every'],
      data.items.map((check) => [
        check.id,
        check.title,
        check.target,
        check.runsOn,
        `${check.everySeconds} s`,
      ]),
    ),
  );
}

function newest(check: CheckState): string | null {
  return (
    check.results
      .map((result) => result.observedAt)
      .sort()
      .at(-1) ?? null
  );
}

function checksText(items: readonly CheckState[]): string {
  return table(
    ['check', 'level', 'findings', 'seen', 'why not known'],
    items
      .filter((check) => check.applies)
      .map((check) => [
        check.id,
        check.level,
        check.openFindings,
        age(newest(check)),
        check.results.find((result) => result.reason !== null)?.reason ?? '',
      ]),
  );
}

async function listChecks(ctx: Context, given: string): Promise<void> {
  const client = await ctx.client();
  const instance = await instanceNamed(client, given);
  const data = await client.get(`/instances/${instance.id}/checks`, instanceChecksSchema);
  ctx.show(data, () => checksText(data.items));
}

async function runChecks(ctx: Context, given: string, options: { timeout: string }): Promise<void> {
  const client = await ctx.client();
  const instance = await instanceNamed(client, given);
  const path = withQuery(`/instances/${instance.id}/checks`, { rows: ctx.json });
  const before = await client.get(path, instanceChecksSchema);
  await client.post(`/instances/${instance.id}/collect`, {}, z.object({ requested: z.literal(true) }));
  const seen = new Map(before.items.map((check) => [check.id, newest(check)]));
  const waiting = (items: readonly CheckState[]) =>
    items.filter((check) => check.applies && newest(check) === (seen.get(check.id) ?? null));
  const { answer, done } = await poll(
    () => client.get(path, instanceChecksSchema),
    (data) => data.items.length > 0 && waiting(data.items).length === 0,
    seconds(options.timeout),
  );
  ctx.show(answer, () => checksText(answer.items));
  if (done) return;
  const late = waiting(answer.items).map((check) => check.id);
  ctx.io.error(
    `No new result in time from: ${late.join(', ') || 'any check'}. ${answer.lastError ?? ''}`.trimEnd(),
  );
  ctx.end(answer.reachable === false ? exitCodes.failed : exitCodes.stillGoing);
}

/** A number of seconds as typed. @throws CliError `usage` */
export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new CliError(exitCodes.usage, `“${text}” is no number of seconds.`);
}

interface FindingsOptions {
  cluster?: string;
  instance?: string;
  all?: true;
  failOn?: string;
}

/** From the mildest to the worst. */
const levels: readonly string[] = ['unknown', 'warn', 'crit'];

async function listFindings(ctx: Context, options: FindingsOptions): Promise<void> {
  const failOn = levels.indexOf(options.failOn ?? '');
  if (options.failOn !== undefined && failOn < 0) {
    throw new CliError(exitCodes.usage, `“${options.failOn}” is no level.`, 'Give crit, warn or unknown.');
  }
  const client = await ctx.client();
  const path = withQuery('/findings', {
    clusterId: options.cluster === undefined ? undefined : (await clusterNamed(client, options.cluster)).id,
    instanceId:
      options.instance === undefined ? undefined : (await instanceNamed(client, options.instance)).id,
    open: !options.all,
    limit: 500,
  });
  const data = await client.get(path, findingsSchema);
  ctx.show(data, () =>
    data.items.length === 0
      ? 'Nothing is open.'
      : table(
          ['level', 'cluster', 'instance', 'since', 'what', 'mend'],
          data.items.map((finding) => [
            finding.closedAt ? 'over' : finding.level,
            finding.clusterName,
            finding.instanceName,
            age(finding.openedAt),
            finding.sentence,
            finding.mend,
          ]),
        ),
  );
  if (data.muted > 0) ctx.io.error(`${data.muted} more are muted.`);
  const open = data.items.filter((finding) => finding.closedAt === null && finding.mute === null);
  if (failOn >= 0 && open.some((finding) => levels.indexOf(finding.level) >= failOn))
    ctx.end(exitCodes.failed);
}
