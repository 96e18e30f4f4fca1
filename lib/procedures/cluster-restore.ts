import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { carryConfig, serverOptions } from '@/lib/procedures/cluster-restore-config';
import { betterThanRestore, savedUntil } from '@/lib/procedures/cluster-restore-loss';
import {
  assertPlace,
  freeBytesAt,
  markFile,
  placeProblems,
  type RestoredMark,
  readMark,
} from '@/lib/procedures/cluster-restore-place';
import { lostWork } from '@/lib/procedures/last-sign';
import { targetOf } from '@/lib/procedures/physical-copy';
import { neededBytes, restorePhysical } from '@/lib/procedures/physical-restore';
import { restoreLayout } from '@/lib/procedures/physical-restore-config';
import { planRestore, type RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { type RecoveryTarget, recoveryTargetSchema, targetText } from '@/lib/procedures/recovery-target';
import { controlState, startForGood, stopInOrder } from '@/lib/procedures/server-control';
import { makeOwnedDirectory, removeTree, writeSecretFile } from '@/lib/tools/files';
import { isPortFree } from '@/lib/tools/ports';
import { toolUserName } from '@/lib/tools/system-user';

export type ClusterInput = {
  to: RecoveryTarget['type'];
  at?: string;
  lsn?: string;
  exclusive: boolean;
  xid?: string;
  repository: number;
  backupId?: string;
  timeline?: number;
  directory: string;
  port: number;
};

export type ClusterParams = RestoreParams & { dataDirectory: string | null; isHeldBack: boolean };

export type ClusterContext = StepContext<ClusterInput, ClusterParams>;

/** The dry run of bringing a whole server back in a new place. Nothing of the old one is touched by it. */
export async function planCluster(ctx: PlanContext, input: ClusterInput): Promise<PlanDraft<ClusterParams>> {
  const target = targetOf(input);
  const planned = await planRestore(ctx, { ...input, target, isForUse: true });
  const stanza = await ctx.stanza();
  const { directory, port } = input;
  const blockers = [...planned.blockers, ...placeProblems(directory, stanza?.dataDirectory ?? null)];
  const warnings = [...planned.warnings];
  const bytes = Number(planned.backup?.facts.serverBytes ?? planned.backup?.bytes ?? 0);
  const free = freeBytesAt(directory);
  if (planned.backup && free < neededBytes(bytes)) {
    blockers.push({
      message: `There are ${formatBytes(free)} free for ${directory}; this restore needs about ${formatBytes(neededBytes(bytes))}.`,
      next: 'Free space there, or choose a folder on another disk.',
    });
  }
  if (!(await isPortFree(port))) {
    blockers.push({ message: `Port ${port} is in use here.`, next: 'Choose another one.' });
  }
  const last = await ctx.lastKnown();
  warnings.push(...betterThanRestore(ctx, last, stanza?.dataDirectory ?? null));
  // While the old one lives, jobs and subscriptions in two servers at once would do everything twice.
  const isHeldBack = ctx.target.isReachable !== false;
  if (isHeldBack) {
    warnings.push(
      'The old server still answers: libraries and subscriptions stay off in the restored one until it takes its place.',
    );
  }
  warnings.push(
    'It archives nothing until it takes the place of the old one: its changes are not saved yet.',
  );
  const argv = planned.argv(directory, 'promote');
  const options = startOptions({ directory, port, isHeldBack });
  return {
    summary: `Restore the whole cluster ${ctx.target.clusterName} at ${targetText(target)} into ${directory} on ${ctx.workerName}, and start it on port ${port}.`,
    acts: [
      { step: 'restore', argv, as: 'the owner of the server’s files' },
      {
        step: 'start',
        argv: ['pg_ctl', 'start', '-D', `${directory}/data`, '-l', `${directory}/server.log`, '-o', options],
        as: 'the owner of the server’s files',
      },
    ],
    params: { ...planned.params, dataDirectory: stanza?.dataDirectory ?? null, isHeldBack },
    warnings,
    blockers,
    estimates: [
      ...planned.estimates.filter(({ label }) => !label.startsWith('Free')),
      { label: 'Free there', value: free, unit: 'bytes' },
      lostWork(ctx, last, savedUntil(target, last)),
    ],
  };
}

/** What is said on the command line: over the server's own files, which may name the old one's places. */
function startOptions(of: { directory: string; port: number; isHeldBack: boolean }): string {
  return serverOptions({
    data_directory: `${of.directory}/data`,
    port: String(of.port),
    unix_socket_directories: `${of.directory}/s`,
    external_pid_file: '',
    archive_mode: 'off',
    ...(of.isHeldBack && { shared_preload_libraries: '', max_logical_replication_workers: '0' }),
  });
}

/** Restores, recovers, looks whether every database opens, and stops it in order with its own configuration again. */
export async function restoreCluster(ctx: ClusterContext): Promise<JsonObject> {
  const { params, input } = ctx;
  const { directory } = input;
  const user = toolUserName();
  assertPlace(directory, params.dataDirectory, ctx.runId);
  makeOwnedDirectory(directory, user);
  const mark: RestoredMark = {
    clusterId: ctx.target.clusterId,
    runId: ctx.runId,
    systemIdentifier: ctx.target.systemIdentifier,
    major: params.major,
    port: input.port,
    superuser: params.superuser,
    reached: {},
    isHeldBack: params.isHeldBack,
  };
  writeSecretFile(`${directory}/${markFile}`, JSON.stringify(mark), user);
  const copy = await restorePhysical(ctx, {
    stanza: { name: params.stanza },
    configFile: await ctx.stanzaConfig(),
    repository: params.repository,
    label: params.label,
    target: recoveryTargetSchema.parse(params.target),
    timeline: params.timeline,
    directory,
    action: 'promote',
    name: `restored_${ctx.runId}`,
    superuser: params.superuser,
  });
  try {
    if (copy.control.systemIdentifier !== ctx.target.systemIdentifier) {
      throw new PlumblineError('conflict', 'The repository holds another server than this cluster.', {
        next: 'See which stanza belongs to it. Nothing was started.',
      });
    }
    const databases = await openAll(copy.server.connect);
    const { reached } = copy.server;
    await copy.server.stop('fast');
    const carried = carryConfig(copy.layout, user);
    writeSecretFile(`${directory}/${markFile}`, JSON.stringify({ ...mark, reached: { ...reached } }), user);
    if (!carried.includes('postgresql.conf')) {
      ctx.log(
        'warn',
        'The backup holds no postgresql.conf: the server has it elsewhere (Debian: /etc/postgresql).',
      );
    }
    return {
      directory,
      reached: { ...reached },
      phases: { ...copy.phases },
      segments: copy.segments,
      bytes: copy.set.bytes,
      databases,
      carried,
    };
  } catch (error) {
    await copy.server.stop('immediate');
    throw error;
  }
}

/** Each database is entered and its catalogue read: one that cannot be is no restored cluster. */
async function openAll(
  connect: (database?: string) => Promise<Awaited<ReturnType<StepContext['connect']>>>,
): Promise<{ name: string; bytes: number; tables: number }[]> {
  const session = await connect();
  const rows = await session.query(
    'select datname::text as name, pg_database_size(oid)::float8 as bytes from pg_database where datallowconn order by datname',
  );
  await session.close();
  const databases = [];
  for (const { name, bytes } of rows) {
    const inside = await connect(String(name));
    const [row] = await inside.query(`select count(*)::float8 as tables from pg_class where relkind = 'r'`);
    await inside.close();
    databases.push({ name: String(name), bytes: Number(bytes), tables: Number(row?.tables) });
  }
  return databases;
}

/** Starts it for good on its own port and says so with evidence. */
export async function startCluster(ctx: ClusterContext): Promise<JsonObject> {
  const { params, input } = ctx;
  const { directory, port } = input;
  const restored = ctx.outputs.restore ?? {};
  const data = `${directory}/data`;
  const options = startOptions({ directory, port, isHeldBack: params.isHeldBack });
  await startForGood(ctx, { major: params.major, data, logFile: `${directory}/server.log`, options });
  const control = await controlState(ctx, params.major, data);
  if (control.state !== 'in production') {
    throw new PlumblineError('tool-failed', `The restored server is “${control.state}”, not in production.`, {
      next: `Read ${directory}/server.log.`,
    });
  }
  const facts = {
    ...restored,
    port,
    socketDirectory: `${directory}/s`,
    timeline: control.timeline,
    isHeldBack: params.isHeldBack,
    archives: false,
  };
  await ctx.evidence({
    type: 'cluster-restore',
    verdict: 'pass',
    title: `Cluster restored into ${directory}`,
    ...(params.backupId && { backupId: params.backupId }),
    facts,
  });
  ctx.log('info', `It runs on port ${port} and in ${directory}/s. It outlives this run and the worker.`);
  return { directory, port, timeline: control.timeline };
}

/** Stops and removes what this run has made; a directory with another run's mark is left alone. */
export async function discardCluster(ctx: ClusterContext): Promise<void> {
  const { directory } = ctx.input;
  if (readMark(directory)?.runId !== ctx.runId) return;
  await stopInOrder(ctx, ctx.params.major, `${directory}/data`);
  const { data, tablespaces, socketDir, restoredConfig, logFile } = restoreLayout(directory);
  for (const part of [data, tablespaces, socketDir, restoredConfig, logFile, `${directory}/${markFile}`]) {
    removeTree(part);
  }
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}
