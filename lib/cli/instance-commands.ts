import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withQuery } from '@/lib/cli/client';
import { type Context, clusterNamed, instanceNamed, poll } from '@/lib/cli/context';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import { age, printable, printableLines, table } from '@/lib/cli/output';
import { passwordOf } from '@/lib/cli/passwords';
import { clusterListSchema } from '@/lib/contract/clusters';
import {
  createdSchema,
  grantScriptSchema,
  type InstanceTest,
  instanceTestSchema,
  newInstanceSchema,
  purposes,
  tlsModes,
} from '@/lib/contract/instances';

interface AddOptions {
  cluster: string;
  createCluster?: true;
  environment: string;
  production?: boolean;
  name: string;
  host: string;
  port: string;
  database: string;
  tls: string;
  ca?: string;
  cert?: string;
  key?: string;
  pool: string;
  watchUser?: string;
  backupUser?: string;
  operateUser?: string;
  watchPasswordFile?: string;
  backupPasswordFile?: string;
  operatePasswordFile?: string;
  test: boolean;
}

/** `instances list|add|test|script` */
export function addInstanceCommands(program: Command, context: (command: Command) => Context): void {
  const instances = program.command('instances').description('servers that are watched');
  instances
    .command('list')
    .description('all servers with state and role')
    .option('--cluster <name>', 'of one cluster')
    .action(async (options: { cluster?: string }, command: Command) => list(context(command), options));
  const add = instances
    .command('add')
    .description('add a server as a draft, then test it; it is watched once the test has passed')
    .requiredOption('--cluster <name>', 'name or id of its cluster')
    .option('--create-cluster', 'make the cluster when there is none of this name')
    .option('--environment <text>', 'of a cluster that is made', 'production')
    .option('--production', 'people depend on a cluster that is made: what is risky needs a second person')
    .option('--no-production', 'nobody depends on it (unless said: by the name of its environment)')
    .requiredOption('--name <text>', 'how people call the server')
    .requiredOption('--host <host>', 'host name or address')
    .option('--port <number>', 'port', '5432')
    .option('--database <name>', 'maintenance database', 'postgres')
    .option('--tls <mode>', `${tlsModes.join(', ')}; all but the first are weaker`, 'verify-full')
    .option('--ca <file>', 'PEM file of the authority that signed the server’s certificate')
    .option('--cert <file>', 'PEM file of a client certificate')
    .option('--key <file>', 'PEM file of its key')
    .option('--pool <name>', 'worker pool that reaches it', 'default')
    .option('--no-test', 'leave it a draft');
  for (const purpose of purposes) {
    add.option(`--${purpose}-user <role>`, `user of the ${purpose} login`);
    add.option(`--${purpose}-password-file <file>`, `file with its password; - is standard input`);
  }
  add.action(async (options: AddOptions, command: Command) => addOne(context(command), options));
  instances
    .command('test <instance>')
    .description('connect with each login and say what works and what is missing')
    .option('--activate', 'watch a draft when the test passes')
    .action(async (given: string, options: { activate?: true }, command: Command) => {
      const ctx = context(command);
      const { id } = await instanceNamed(await ctx.client(), given);
      await runTest(ctx, id, options.activate === true);
    });
  instances
    .command('script <purpose> <user>')
    .description(`the SQL that makes a login for ${purposes.join(', ')}`)
    .option('--major <number>', 'major version of the server')
    .action(async (purpose: string, user: string, options: { major?: string }, command: Command) => {
      const ctx = context(command);
      const path = withQuery('/grant-scripts', { purpose, user, major: options.major });
      const data = await (await ctx.client()).get(path, grantScriptSchema);
      ctx.show(data, () => printableLines(data.script.trimEnd()));
    });
}

async function list(ctx: Context, options: { cluster?: string }): Promise<void> {
  const client = await ctx.client();
  const only = options.cluster === undefined ? undefined : (await clusterNamed(client, options.cluster)).id;
  const { items } = await client.get('/clusters', clusterListSchema);
  const rows = items
    .filter((cluster) => only === undefined || cluster.id === only)
    .flatMap((cluster) => cluster.instances.map((instance) => ({ ...instance, clusterName: cluster.name })));
  ctx.show({ items: rows }, () =>
    table(
      ['cluster', 'name', 'state', 'role', 'address', 'version', 'last seen', 'id'],
      rows.map((row) => [
        row.clusterName,
        row.name,
        row.state === 'active' && row.reachable === false ? 'unreachable' : row.state,
        row.role,
        `${row.host}:${row.port}`,
        row.serverVersionNum === null
          ? null
          : `${Math.floor(row.serverVersionNum / 10_000)}.${row.serverVersionNum % 10_000}`,
        age(row.lastSeenAt),
        row.id,
      ]),
    ),
  );
}

async function addOne(ctx: Context, options: AddOptions): Promise<void> {
  const users = { watch: options.watchUser, backup: options.backupUser, operate: options.operateUser };
  const files = {
    watch: options.watchPasswordFile,
    backup: options.backupPasswordFile,
    operate: options.operatePasswordFile,
  };
  const logins = [];
  for (const purpose of purposes) {
    const user = users[purpose];
    if (user !== undefined)
      logins.push({ purpose, user, password: await passwordOf(ctx.io, purpose, user, files[purpose]) });
  }
  const pem = async (file: string | undefined) => {
    if (file === undefined) return undefined;
    return readFile(file, 'utf8').catch(() => {
      throw new CliError(exitCodes.usage, `The file ${file} cannot be read.`);
    });
  };
  const client = await ctx.client();
  const clusterId = await clusterFor(ctx, options);
  const given = newInstanceSchema.safeParse({
    clusterId,
    name: options.name,
    host: options.host,
    port: Number(options.port),
    database: options.database,
    tlsMode: options.tls,
    tlsCa: (await pem(options.ca)) ?? null,
    tlsCertificate: (await pem(options.cert)) ?? null,
    tlsKey: await pem(options.key),
    pool: options.pool,
    logins,
  });
  if (!given.success) {
    const fields = Object.fromEntries(
      given.error.issues.map((issue) => [issue.path.join('.'), issue.message]),
    );
    throw new CliError(exitCodes.usage, 'Some values are not right.', undefined, fields);
  }
  const { id } = await client.post('/instances', given.data, createdSchema);
  if (!options.test) {
    ctx.show({ id }, () => `Added ${printable(options.name)} as a draft: ${id}`);
    return;
  }
  if (!ctx.json) ctx.io.out(`Added ${printable(options.name)} as a draft: ${id}`);
  await runTest(ctx, id, true);
}

async function clusterFor(ctx: Context, options: AddOptions): Promise<string> {
  const client = await ctx.client();
  try {
    return (await clusterNamed(client, options.cluster)).id;
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== exitCodes.notFound || !options.createCluster)
      throw error;
    const { cluster: name, environment, production } = options;
    const body = { name, environment, ...(production !== undefined && { isProduction: production }) };
    return (await client.post('/clusters', body, createdSchema)).id;
  }
}

const testWaitSeconds = 120;

async function runTest(ctx: Context, instanceId: string, activate: boolean): Promise<void> {
  const client = await ctx.client();
  const { id } = await client.post(`/instances/${instanceId}/test`, { activate }, createdSchema);
  const { answer, done } = await poll(
    () => client.get(`/instances/${instanceId}/tests/${id}`, instanceTestSchema),
    (test) => test.state === 'done',
    testWaitSeconds,
  );
  ctx.show(answer, () => testText(answer));
  if (!done) {
    ctx.io.error(
      'No worker has finished the test yet; see plumbline instances test later, or the workers page.',
    );
    ctx.end(exitCodes.stillGoing);
  } else if (!answer.ok) ctx.end(exitCodes.failed);
}

function testText(test: InstanceTest): string {
  const lines = (test.result?.steps ?? []).flatMap((step) => [
    `${step.state.padEnd(7)}  ${printable(step.title)}${step.purpose ? ` (${step.purpose})` : ''}: ${printable(step.sentence)}`,
    ...(step.next ? [`         ${printable(step.next)}`] : []),
  ]);
  for (const login of test.result?.logins ?? []) {
    if (login.script) lines.push('', printableLines(login.script.trimEnd()));
  }
  for (const standby of test.result?.standbys ?? []) {
    if (standby.instanceId) continue;
    lines.push(
      `found    standby ${printable(standby.applicationName)} at ${standby.host ?? 'a socket'}; add it as an instance`,
    );
  }
  if (test.state !== 'done') return [...lines, `The test is ${test.state}.`].join('\n');
  const passed = test.result?.activated ? 'The test passed; the server is watched now.' : 'The test passed.';
  return [...lines, test.ok ? passed : 'The test failed; nothing was changed.'].join('\n');
}
