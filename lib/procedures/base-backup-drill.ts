import { writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { readBaseBackup, verifyBaseBackup } from '@/lib/procedures/base-backup';
import { amcheckArguments } from '@/lib/procedures/drill-amcheck';
import { readControl } from '@/lib/procedures/physical-control';
import { heartbeatActs } from '@/lib/procedures/physical-copy';
import {
  concludeDrill,
  type DrilledServer,
  failedRestore,
  type PhysicalDrillResult,
  prepare,
  workOf,
} from '@/lib/procedures/physical-drill-work';
import { neededBytes } from '@/lib/procedures/physical-restore';
import { restoreLayout, writeOwnConfig } from '@/lib/procedures/physical-restore-config';
import { noRoomField } from '@/lib/procedures/physical-restore-log';
import { startCopy } from '@/lib/procedures/physical-server';
import type { RecoveryTarget } from '@/lib/procedures/recovery-target';
import { giveTo, makeOwnedDirectory } from '@/lib/tools/files';
import { findPostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

export type BaseBackupInput = {
  name: string;
  jobs: number;
  assertions: string[];
  compareRows: boolean;
};

export type BaseBackupParams = {
  directory: string;
  name: string;
  major: number;
  bytes: number;
  hasManifest: boolean;
  /** The worker's own command that fetches WAL; empty: the backup's own WAL alone. */
  fetchCommand: string;
  systemIdentifier: string;
  timeline: number;
  superuser: string;
};

export type BaseBackupContext = StepContext<BaseBackupInput, BaseBackupParams>;

/** The dry run: is the folder a backup of this cluster's major, does nothing lead out of it, is there room. */
export async function planBaseBackupDrill(
  ctx: PlanContext,
  input: BaseBackupInput,
): Promise<PlanDraft<BaseBackupParams>> {
  const { folder, fetchCommand } = ctx.baseBackups;
  const blockers: PlanDraft['blockers'] = [];
  const warnings: string[] = [];
  if (folder === null) {
    blockers.push({
      message: `The worker ${ctx.workerName} was given no folder of base backups.`,
      next: 'Set PLUMBLINE_BASE_BACKUPS on it to the folder that holds them.',
    });
  }
  const backup = folder === null ? undefined : readBaseBackup(folder, input.name);
  blockers.push(...(backup?.problems ?? []));
  const major = backup?.major ?? 0;
  if (major > 0 && !serverFor(await findPostgresPrograms(), major)) {
    blockers.push({
      message: `The worker ${ctx.workerName} has no server of PostgreSQL ${major}, which the backup is of.`,
      next: `Install Debian’s package ${packageOf(major, 'server')} on it; it needs no cluster of its own.`,
    });
  }
  const free = await ctx.freeBytes('scratch');
  if (backup && free < neededBytes(backup.bytes)) {
    blockers.push({
      message: `The worker’s folder has ${formatBytes(free)} free; this drill needs about ${formatBytes(neededBytes(backup.bytes))}.`,
      next: 'Free space there, or give the worker another PLUMBLINE_WORK_DIR.',
    });
  }
  if (fetchCommand === '') {
    warnings.push(
      'No PLUMBLINE_RESTORE_COMMAND is set on the worker: only the WAL inside the backup is replayed.',
    );
  }
  if (backup && !backup.hasManifest)
    warnings.push('It has no manifest, so its files cannot be compared with one.');
  const superuser = await superuserOf(ctx);
  const params: BaseBackupParams = {
    directory: backup?.directory ?? '',
    name: input.name,
    major,
    bytes: backup?.bytes ?? 0,
    hasManifest: backup?.hasManifest ?? false,
    fetchCommand,
    systemIdentifier: ctx.target.systemIdentifier,
    timeline: ctx.target.timeline,
    superuser,
  };
  const scratch = { socketDir: '{runDir}/pg/s', port: 5432, user: superuser };
  return {
    summary: `Copy the base backup ${input.name}, recover it as far as its WAL goes, check every page and table, and remove the copy.`,
    acts: [
      ...(fetchCommand === '' ? [] : heartbeatActs(ctx, 'drill')),
      { step: 'drill', argv: ['pg_verifybackup', '--no-parse-wal', params.directory], as: 'the tools’ user' },
      { step: 'drill', argv: copyArgv(params.directory, '{runDir}/pg/data') },
      {
        step: 'drill',
        argv: [
          'postgres',
          '-D',
          '{runDir}/pg/data',
          ...(fetchCommand ? ['-c', `restore_command=${fetchCommand}`] : []),
        ],
        as: 'a server without a network, archiving, jobs or subscriptions',
      },
      { step: 'drill', argv: ['pg_amcheck', ...amcheckArguments(scratch, input.jobs, '--all')] },
      { step: 'drill', argv: ['pg_checksums', '--check', '--pgdata={runDir}/pg/data'] },
    ],
    params,
    warnings,
    blockers,
    estimates: [
      { label: 'Data to copy', value: backup?.bytes ?? 0, unit: 'bytes' },
      { label: 'Free in the worker’s folder', value: free, unit: 'bytes' },
    ],
  };
}

async function superuserOf(ctx: PlanContext): Promise<string> {
  if (ctx.target.isReachable === false) return 'postgres';
  const session = await ctx.connect('backup');
  const [row] = await session.query('select rolname::text as name from pg_roles where oid = 10');
  await session.close();
  return String(row?.name ?? 'postgres');
}

/** Copies contents, never follows a link. */
function copyArgv(from: string, to: string): string[] {
  return [
    '/bin/cp',
    '--recursive',
    '--no-dereference',
    '--preserve=mode,timestamps',
    '--reflink=auto',
    `${from}/.`,
    to,
  ];
}

/** Drills a directory of files: copies it, fetches WAL by the worker's own command, and looks at it as at any copy. */
export async function runBaseBackupDrill(ctx: BaseBackupContext): Promise<PhysicalDrillResult> {
  const work = workOf(ctx);
  const { params } = ctx;
  const latest: RecoveryTarget = { type: 'latest' };
  if (params.fetchCommand === '') {
    work.notChecked.push('anything after the backup: no command fetches WAL');
  }
  const before =
    params.fetchCommand === '' ? { beat: undefined, writes: undefined } : await prepare(ctx, work, latest);
  const verified = await work.timed('verify', () => verifyBaseBackup(ctx, params));
  if (verified.check) work.checks.push(verified.check);
  if (verified.notChecked) work.notChecked.push(verified.notChecked);
  const target: RecoveryTarget = before.beat ? { type: 'lsn', lsn: before.beat.lsn } : latest;
  let copy: DrilledServer;
  const startedAt = performance.now();
  try {
    copy = await work.timed('restore', () => recoverCopy(ctx, target));
  } catch (error) {
    const failed = failedRestore(ctx, work, before, target, error);
    return { ...failed, checks: [...work.checks, ...failed.checks] };
  }
  const { reached } = copy.server;
  work.checks.push({
    name: 'restore',
    verdict: 'pass',
    detail: `${params.name} came up at ${reached.lsn}${reached.at ? `, last commit ${reached.at}` : ''}.`,
  });
  return concludeDrill(ctx, work, copy, {
    before,
    wanted: latest,
    timeline: params.timeline,
    rtoSeconds: (performance.now() - startedAt) / 1000,
  });
}

async function recoverCopy(ctx: BaseBackupContext, target: RecoveryTarget): Promise<DrilledServer> {
  const { params } = ctx;
  const user = toolUserName();
  const layout = restoreLayout(`${ctx.runDir}/pg`);
  for (const part of [layout.directory, layout.data, layout.socketDir, layout.restoredConfig]) {
    makeOwnedDirectory(part, user);
  }
  const facts = await statfs(layout.directory);
  if (facts.bavail * facts.bsize < neededBytes(params.bytes)) {
    throw new PlumblineError('tool-failed', 'The disk of the copy is full.', {
      next: 'Free space in the worker’s folder, then start again.',
      fields: noRoomField,
    });
  }
  const [program = '', ...args] = copyArgv(params.directory, layout.data);
  const copied = await ctx.tool({ program, args, deadlineMs: 24 * 3600_000 });
  if (copied.exitCode !== 0) {
    throw new PlumblineError(
      'tool-failed',
      `The backup could not be copied: ${copied.stderrTail.slice(-300)}`,
      {
        next: 'See that the worker’s tools may read it.',
      },
    );
  }
  const control = await readControl(ctx, params.major, layout.data);
  if (control.systemIdentifier !== params.systemIdentifier) {
    throw new PlumblineError('tool-failed', 'This base backup is of another cluster.', {
      next: `Its system identifier is ${control.systemIdentifier}, the cluster’s ${params.systemIdentifier}.`,
    });
  }
  writeOwnConfig({
    ...{ layout, user, target, major: params.major, timeline: params.timeline, action: 'promote' as const },
    name: `drill_${ctx.runId}`,
    fetchCommand: params.fetchCommand,
    minimums: control.settings,
  });
  if (params.fetchCommand !== '') {
    writeFileSync(`${layout.data}/recovery.signal`, '', { mode: 0o600 });
    giveTo(`${layout.data}/recovery.signal`, user);
  }
  const server = await startCopy({
    ...{ layout, target, major: params.major, superuser: params.superuser, systemUser: user },
    action: 'promote',
    segmentBytes: control.segmentBytes,
    applicationName: `plumbline drill_${ctx.runId}`,
    signal: ctx.signal,
    onProgress: (segments) => ctx.progress(segments, null, 'replaying segments of WAL'),
  });
  return { server, control, archiveMax: null, segments: server.log.restored, bytes: params.bytes };
}
