import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Client, withQuery } from '@/lib/cli/client';
import { type Context, instanceNamed, poll } from '@/lib/cli/context';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import { table } from '@/lib/cli/output';
import { createdSchema } from '@/lib/contract/instances';
import {
  exportedSchema,
  importedSchema,
  ownCheckDetailSchema,
  type Trial,
  trialSchema,
} from '@/lib/contract/own-checks';

interface ImportOptions {
  try?: string;
  database?: string;
  on?: true;
}

const trialSeconds = 60;

/** `checks import|export`: checks of one's own, as YAML. */
export function addOwnCheckCommands(checks: Command, context: (command: Command) => Context): void {
  checks
    .command('import <file>')
    .description(
      'add or change checks of your own from YAML; - is standard input. All of the file or nothing',
    )
    .option('--try <instance>', 'run each once there with the watch login, and say what it shows')
    .option('--database <name>', 'the database to try them in')
    .option('--on', 'with --try: switch on those that passed')
    .action(async (file: string, options: ImportOptions, command: Command) =>
      importChecks(context(command), file, options),
    );
  checks
    .command('export [name]')
    .description('checks of your own as YAML: all, or one')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const ctx = context(command);
      const client = await ctx.client();
      const wanted = name?.replace(/^own\//, '');
      const data = await client.get(withQuery('/own-checks/export', { name: wanted }), exportedSchema);
      ctx.show(data, () => data.yaml.trimEnd());
    });
}

async function importChecks(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  if (options.on && !options.try)
    throw new CliError(
      exitCodes.usage,
      '--on needs --try: a check is switched on after it has passed a trial.',
    );
  const yaml = file === '-' ? await ctx.io.readStdin() : await readText(file);
  const client = await ctx.client();
  const instance = options.try === undefined ? undefined : await instanceNamed(client, options.try);
  const { items } = await client.post('/own-checks/import', { yaml }, importedSchema);
  const rows: { id: string; outcome: string; version: number; enabled: boolean; trial?: Trial }[] = [];
  for (const item of items) {
    if (!instance) rows.push(item);
    else rows.push({ ...item, ...(await tryOut(client, item.id, instance.id, options)) });
  }
  ctx.show({ items: rows }, () =>
    table(
      ['check', 'import', 'version', 'runs', ...(instance ? ['trial', 'says'] : [])],
      rows.map(({ id, outcome, version, enabled, trial }) => [
        ...[id, outcome, version, enabled ? 'yes' : 'no'],
        ...(instance ? [trial?.ok ? 'passed' : 'failed', saysOf(trial)] : []),
      ]),
    ),
  );
  if (rows.some(({ trial }) => trial && !trial.ok)) ctx.end(exitCodes.failed);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new CliError(exitCodes.usage, `${file} cannot be read.`);
  }
}

async function tryOut(
  client: Client,
  id: string,
  instanceId: string,
  options: ImportOptions,
): Promise<{ trial: Trial; enabled: boolean }> {
  const path = `/own-checks/${id.replace(/^own\//, '')}`;
  const check = await client.get(path, ownCheckDetailSchema);
  const asked = { instanceId, database: options.database, definition: check.definition };
  const started = await client.post('/own-checks/trials', asked, createdSchema);
  const { answer: trial } = await poll(
    () => client.get(`/own-checks/trials/${started.id}`, trialSchema),
    ({ state }) => state === 'done',
    trialSeconds,
  );
  if (!trial.ok || !options.on || check.enabled) return { trial, enabled: check.enabled };
  const { enabled } = await client.patch(path, { enabled: true }, ownCheckDetailSchema);
  return { trial, enabled };
}

function saysOf(trial: Trial | undefined): string {
  if (!trial?.result) return 'no worker has run it in time';
  const { reason, rowCount, verdicts, durationMs } = trial.result;
  return reason ?? `${rowCount} rows in ${Math.round(durationMs)} ms, ${verdicts.length} of them judged bad`;
}
