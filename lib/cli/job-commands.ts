import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, clusterNamed, instanceNamed, poll } from '@/lib/cli/context';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import { endWithRun, follow, logAfter, logText } from '@/lib/cli/follow';
import { planText, runText } from '@/lib/cli/job-text';
import { seconds } from '@/lib/cli/look-commands';
import { printable, table } from '@/lib/cli/output';
import { type Job, jobsSchema } from '@/lib/contract/jobs';
import { type Plan, plannedSchema, planSchema } from '@/lib/contract/plans';
import { runSchema, startedSchema } from '@/lib/contract/runs';

interface PlanOptions {
  cluster: string;
  instance?: string;
  input: string[];
  inputFile?: string;
  typedFile?: string;
  timeout: string;
}

/** `jobs list|plan|run|show|log|cancel` */
export function addJobCommands(program: Command, context: (command: Command) => Context): void {
  const jobs = program.command('jobs').description('acts: planned first, then run as a plan says');
  jobs
    .command('list')
    .description('kinds of jobs and their inputs')
    .action(async (_options: object, command: Command) => listKinds(context(command)));
  jobs
    .command('plan <kind>')
    .description(
      'make a plan: what exactly would be done. Changes nothing. Exits with 5 when something is in the way',
    )
    .requiredOption('--cluster <name>', 'name or id of the cluster')
    .option('--instance <name>', 'one server; without it the worker finds it by role')
    .option(
      '--input <field=value...>',
      'a field of the input; may be repeated',
      (one, all: string[]) => [...all, one],
      [],
    )
    .option('--input-file <file>', 'the whole input as JSON; - is standard input')
    .option(
      '--typed-file <file>',
      'what a kind wants typed from where a copy is kept (- for standard input); it is asked for without',
    )
    .option('--timeout <seconds>', 'how long to wait for the plan', '120')
    .action(async (kind: string, options: PlanOptions, command: Command) =>
      plan(context(command), kind, options),
    );
  jobs
    .command('run <plan>')
    .description('start what a plan says. Repeating the command does not start it twice')
    .option('--hash <hash>', 'refuse unless the plan is the one with this hash')
    .option('--confirm <name>', 'of a high risk: the name of the target')
    .option('--reason <text>', 'of what needs two people: why it is done')
    .option('--break-glass', 'as a dba: start alone what needs two people; all channels are told')
    .option('--follow', 'wait for its end, showing its log')
    .option('--timeout <seconds>', 'how long to follow', '86400')
    .action(async (id: string, options: RunOptions, command: Command) => run(context(command), id, options));
  jobs
    .command('show <id>')
    .description('a run or a plan')
    .action(async (id: string, _options: object, command: Command) => show(context(command), id));
  jobs
    .command('log <run>')
    .description('what a run said')
    .option('--follow', 'go on until it ends')
    .option('--timeout <seconds>', 'how long to follow', '86400')
    .action(async (id: string, options: { follow?: true; timeout: string }, command: Command) => {
      const ctx = context(command);
      const client = await ctx.client();
      if (options.follow) await follow(ctx, client, id, seconds(options.timeout));
      else {
        const lines = await logAfter(client, id, 0);
        ctx.show({ items: lines }, () => lines.map(logText).join('\n'));
      }
    });
  jobs
    .command('cancel <run>')
    .description('ask a run to stop at the next point where that is safe')
    .action(async (id: string, _options: object, command: Command) => {
      const ctx = context(command);
      const client = await ctx.client();
      await client.post(`/runs/${encodeURIComponent(id)}/cancel`, {}, z.unknown());
      const data = await client.get(`/runs/${encodeURIComponent(id)}`, runSchema);
      ctx.show(data, () => `Cancelling was asked for; the run is ${data.state}.`);
    });
}

async function listKinds(ctx: Context): Promise<void> {
  const data = await (await ctx.client()).get('/jobs', jobsSchema);
  ctx.show(data, () =>
    table(
      ['kind', 'title', 'risk', 'input', 'you'],
      data.items.map((job) => [job.id, job.title, job.risk, inputOf(job), job.refusal ? 'may not' : 'may']),
    ),
  );
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.object({ type: z.string().optional() }).loose()).default({}),
  required: z.array(z.string()).default([]),
});

/** `database jobs?`: the fields of a kind, the optional ones marked. */
function inputOf(job: Job): string {
  const schema = objectSchema.safeParse(job.inputSchema).data;
  if (!schema) return '';
  return Object.keys(schema.properties)
    .map((name) => (schema.required.includes(name) ? name : `${name}?`))
    .join(' ');
}

/** `field=value` with the type that the kind's schema asks for. */
function inputFrom(job: Job, pairs: readonly string[]): Record<string, z.core.util.JSONType> {
  const fields = objectSchema.safeParse(job.inputSchema).data?.properties ?? {};
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(exitCodes.usage, `“${pair}” is not field=value.`);
      const name = pair.slice(0, at);
      const text = pair.slice(at + 1);
      const type = fields[name]?.type;
      if (type === 'integer' || type === 'number') return [name, Number(text)];
      if (type === 'boolean') return [name, text === 'true'];
      return [name, text];
    }),
  );
}

async function plan(ctx: Context, kind: string, options: PlanOptions): Promise<void> {
  const client = await ctx.client();
  const { items } = await client.get('/jobs', jobsSchema);
  const job = items.find(({ id }) => id === kind);
  if (!job) {
    const known = items.map(({ id }) => id).join(', ');
    throw new CliError(exitCodes.notFound, `There is no job kind “${kind}”.`, `There are: ${known}.`);
  }
  const cluster = await clusterNamed(client, options.cluster);
  const instance = options.instance === undefined ? undefined : await instanceNamed(client, options.instance);
  const input = {
    ...(options.inputFile === undefined ? {} : await inputFile(ctx, options.inputFile)),
    ...inputFrom(job, options.input),
  };
  const typed = await typedCopies(ctx, job, options.typedFile);
  const asked = {
    ...{ kind, clusterId: cluster.id, input, typed },
    ...(instance ? { instanceId: instance.id } : {}),
  };
  const { id } = await client.post('/plans', asked, plannedSchema, crypto.randomUUID());
  const { answer, done } = await poll(
    () => client.get(`/plans/${id}`, planSchema),
    (made) => made.state === 'ready' || made.state === 'failed',
    seconds(options.timeout),
  );
  ctx.show(answer, () => planText(answer));
  endWithPlan(ctx, answer, done);
}

/** What must be typed for a kind: never an argument, which everybody on the machine sees. */
async function typedCopies(
  ctx: Context,
  job: Job,
  file: string | undefined,
): Promise<Record<string, string> | undefined> {
  const fields = Object.entries(job.choices).filter(([, source]) => source.from === 'typed-copy');
  const [field] = fields.map(([name]) => name);
  if (field === undefined) return undefined;
  if (file !== undefined) {
    const text = file === '-' ? await ctx.io.readStdin() : await readFile(file, 'utf8').catch(() => '');
    return { [field]: text.trim() };
  }
  if (ctx.io.interactive) return { [field]: await ctx.io.ask('The kept copy, as it is written: ', true) };
  throw new CliError(
    exitCodes.usage,
    `${job.title} needs the copy that is kept of a pass.`,
    'Give --typed-file (- for standard input), or start it where it can be asked for.',
  );
}

function endWithPlan(ctx: Context, made: Plan, done: boolean): void {
  if (!done) {
    ctx.io.error(
      `No plan yet${made.waitingFor ? `: ${printable(made.waitingFor)}` : ''}. See plumbline jobs show ${made.id} later.`,
    );
    ctx.end(exitCodes.stillGoing);
  } else if (made.state === 'failed') {
    const { code, message, next, fields } = made.error ?? { code: 'internal', message: 'The plan failed.' };
    const exitCode = code === 'bad-input' ? exitCodes.usage : exitCodes.failed;
    throw new CliError(exitCode, message, next ?? undefined, fields ?? {});
  } else if ((made.document?.blockers.length ?? 0) > 0) ctx.end(exitCodes.blocked);
}

async function inputFile(ctx: Context, file: string): Promise<Record<string, z.core.util.JSONType>> {
  const text = file === '-' ? await ctx.io.readStdin() : await readFile(file, 'utf8').catch(() => '');
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch {
    throw new CliError(exitCodes.usage, `The input in ${file} is no JSON object.`);
  }
}

interface RunOptions {
  hash?: string;
  confirm?: string;
  reason?: string;
  breakGlass?: true;
  follow?: true;
  timeout: string;
}

async function run(ctx: Context, planId: string, options: RunOptions): Promise<void> {
  const client = await ctx.client();
  const made = await client.get(`/plans/${encodeURIComponent(planId)}`, planSchema);
  if (made.hash === null) {
    throw new CliError(
      exitCodes.blocked,
      `The plan is ${made.state} and cannot be started.`,
      'Make a new plan.',
    );
  }
  if (options.hash !== undefined && options.hash !== made.hash) {
    throw new CliError(
      exitCodes.blocked,
      'The plan is not the one with this hash.',
      'Look at it again: plumbline jobs show.',
    );
  }
  let confirm = options.confirm;
  if (made.confirmName !== null && confirm === undefined && ctx.io.interactive) {
    ctx.io.error(planText(made));
    confirm = await ctx.io.ask(`Type “${printable(made.confirmName)}” to start this: `);
  }
  const { reason, breakGlass } = options;
  // What is not given is left out of the body.
  const asked = { planId, planHash: made.hash, confirm, reason, breakGlass };
  // One plan is one run: a repeated command finds the run that it started.
  const { id } = await client.post('/runs', asked, startedSchema, `cli-${planId}`);
  if (options.follow) return follow(ctx, client, id, seconds(options.timeout));
  ctx.show({ id }, () => `Started: ${id}`);
}

async function show(ctx: Context, id: string): Promise<void> {
  const client = await ctx.client();
  try {
    const data = await client.get(`/runs/${encodeURIComponent(id)}`, runSchema);
    ctx.show(data, () => runText(data));
    endWithRun(ctx, data);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== exitCodes.notFound) throw error;
    const made = await client.get(`/plans/${encodeURIComponent(id)}`, planSchema);
    ctx.show(made, () => planText(made));
    endWithPlan(ctx, made, made.state === 'ready' || made.state === 'failed');
  }
}
