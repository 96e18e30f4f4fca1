import { existsSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { StanzaRecord, StepContext } from '@/lib/engine/define-job';
import { type ControlFacts, readControl } from '@/lib/procedures/physical-control';
import { restoreArgs } from '@/lib/procedures/physical-restore-args';
import {
  fetchCommand,
  makeRestoreLayout,
  type OwnConfig,
  type RestoreLayout,
  writeOwnConfig,
} from '@/lib/procedures/physical-restore-config';
import { restoreError } from '@/lib/procedures/physical-restore-damage';
import {
  diskFullError,
  noRoomField,
  readRecoveryLog,
  tailOfLog,
} from '@/lib/procedures/physical-restore-log';
import { type BackupSet, listBackupSets, readBackupSet } from '@/lib/procedures/physical-restore-set';
import {
  type PhysicalServer,
  type StartCopyOptions,
  serverPrograms,
  startCopy,
} from '@/lib/procedures/physical-server';
import { backupFor, type RecoveryTarget, targetProblem, targetText } from '@/lib/procedures/recovery-target';
import { giveTo } from '@/lib/tools/files';
import { type BackrestPlace, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { BackrestOutput } from '@/lib/tools/pgbackrest/log-lines';
import { findProgram } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

export type RestoreContext = Pick<StepContext, 'tool' | 'log' | 'progress' | 'signal'>;

export interface RestoreOptions {
  stanza: Pick<StanzaRecord, 'name'>;
  configFile: string;
  repository: number;
  /** The backup to begin with; the newest that ended before the target when none is named. */
  label?: string;
  target: RecoveryTarget;
  /** Always said: `latest` would follow what a promoted copy may have pushed into the archive. */
  timeline: number;
  /** Made and marked by the console: everything of the copy is below it, and what an earlier try left there goes. */
  directory: string;
  /** `latest` cannot pause: there is nothing to stop at, so recovery ends and the copy takes writes. */
  action: 'pause' | 'promote';
  /** The server's cluster_name: `drill_…`, `copy_…`. */
  name: string;
  /** A superuser of the source; `postgres` unless said. */
  superuser?: string;
  processMax?: number;
}

/** Seconds of each part of a restore, as this machine did it. */
export interface RestorePhases {
  /** Until the first file came: the repository’s lists are read and decrypted. */
  fetch: number;
  restore: number;
  /** Start of the server and replay up to the target. */
  replay: number;
  promote: number;
}

export interface RestoredCopy {
  server: PhysicalServer;
  set: BackupSet;
  control: ControlFacts;
  layout: RestoreLayout;
  phases: RestorePhases;
  /** Segments of WAL that were fetched. */
  segments: number;
}

const restoreDeadlineMs = 48 * 3600_000;

/** The backup that a restore begins with, as the repository has it now. @throws PlumblineError when none reaches it. */
export async function chooseSet(
  ctx: RestoreContext,
  options: Omit<RestoreOptions, 'directory'>,
): Promise<BackupSet> {
  const place = placeOf(options);
  const now = new Date();
  const label =
    options.label ??
    backupFor(await listBackupSets(ctx, place, options.repository), options.target, now)?.label;
  if (!label) {
    throw new PlumblineError('tool-failed', `No backup ended before ${targetText(options.target)}.`, {
      next: 'Choose a later moment, or another repository.',
    });
  }
  const set = await readBackupSet(ctx, place, options.repository, label);
  const problem = targetProblem(options.target, set, now);
  if (problem) throw new PlumblineError('bad-input', problem.message, { next: problem.next });
  return set;
}

/**
 * Restores a backup with `pgbackrest restore` into a directory of the console's own and recovers it to a target, as a
 * server without a network, archiving, jobs or subscriptions. Nothing outside the directory is written.
 *
 * @throws PlumblineError with the cause in words: a damaged file, a hole in the archive, no room, no such backup.
 */
export async function restorePhysical(ctx: RestoreContext, options: RestoreOptions): Promise<RestoredCopy> {
  const set = await chooseSet(ctx, options);
  await serverPrograms(set.major);
  await assertRoom(options.directory, set);
  const user = toolUserName();
  const layout = makeRestoreLayout(options.directory, set, user);
  const fetched = await fetchFiles(ctx, options, set, layout);
  const control = await readControl(ctx, set.major, layout.data);
  if (!existsSync(`${layout.data}/recovery.signal`)) {
    writeFileSync(`${layout.data}/recovery.signal`, '', { mode: 0o600 });
    giveTo(`${layout.data}/recovery.signal`, user);
  }
  const startedAt = Date.now();
  const server = await recover(ctx, options, { set, layout, control, user });
  const readyAt = Date.now();
  const redoDone = server.log.redoDoneAt === null ? readyAt : Date.parse(server.log.redoDoneAt);
  const ends = Math.min(Math.max(redoDone, startedAt), readyAt);
  return {
    server,
    set,
    control,
    layout,
    segments: server.log.restored,
    phases: { ...fetched, replay: (ends - startedAt) / 1000, promote: (readyAt - ends) / 1000 },
  };
}

function placeOf({ stanza, configFile }: Pick<RestoreOptions, 'stanza' | 'configFile'>): BackrestPlace {
  return { configFile, stanza: stanza.name };
}

/** Room for the files, a fifth more, and some WAL: recovery that runs full fails at its end, after hours. */
export function neededBytes(bytes: number): number {
  return Math.ceil(bytes * 1.2) + 256 * 1024 * 1024;
}

async function assertRoom(directory: string, set: BackupSet): Promise<void> {
  const facts = await statfs(directory);
  const free = facts.bavail * facts.bsize;
  const needed = neededBytes(set.bytes);
  if (free >= needed) return;
  throw new PlumblineError(
    'tool-failed',
    `The worker’s folder has ${formatBytes(free)} free; this restore needs about ${formatBytes(needed)}.`,
    {
      next: 'Free space there, or give the worker another PLUMBLINE_WORK_DIR. Nothing was restored yet.',
      fields: noRoomField,
    },
  );
}

async function fetchFiles(
  ctx: RestoreContext,
  options: RestoreOptions,
  set: BackupSet,
  layout: RestoreLayout,
): Promise<{ fetch: number; restore: number }> {
  const { repository, target, timeline, action, processMax = 2 } = options;
  const output = new BackrestOutput();
  const startedAt = performance.now();
  let firstFileAt: number | undefined;
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: restoreArgs({
      place: placeOf(options),
      repository,
      set,
      target,
      timeline,
      layout,
      action,
      processMax,
    }),
    onLine: (line) => {
      if (!output.take(line)) return;
      firstFileAt ??= performance.now();
      ctx.progress(output.percent ?? 0, 100, 'restoring files');
    },
    deadlineMs: restoreDeadlineMs,
  });
  for (const warning of output.warnings) ctx.log('warn', warning);
  if (result.exitCode !== 0) {
    const full = diskFullError([...output.tail, result.stderrTail].join('\n'));
    if (full) throw full;
    throw await restoreError(ctx, placeOf(options), {
      ...{ repository, label: set.label, exitCode: result.exitCode },
      output: [...output.tail, result.stderrTail],
    });
  }
  const endedAt = performance.now();
  const first = firstFileAt ?? endedAt;
  return { fetch: (first - startedAt) / 1000, restore: (endedAt - first) / 1000 };
}

/** A hot standby whose settings turn out too low on the way is started again with those that the WAL names. */
async function startWithEnough(
  ctx: RestoreContext,
  own: Omit<OwnConfig, 'minimums'>,
  start: StartCopyOptions,
  settings: Record<string, number>,
): Promise<PhysicalServer> {
  let minimums = settings;
  for (;;) {
    writeOwnConfig({ ...own, minimums });
    try {
      return await startCopy(start);
    } catch (error) {
      const { tooLow } = readRecoveryLog(tailOfLog(start.layout.logFile, 0));
      const raised = Object.entries(tooLow).filter(([name, value]) => value > (minimums[name] ?? 0));
      if (raised.length === 0 || ctx.signal.aborted) {
        // Its files go with the run: what the server said last is kept in the run's log.
        const words = error instanceof PlumblineError ? (error.detail ?? '') : '';
        for (const line of words.split('\n').filter(Boolean)) ctx.log('warn', line);
        throw error;
      }
      minimums = { ...minimums, ...Object.fromEntries(raised) };
      ctx.log(
        'info',
        `The source raised ${raised.map(([name, value]) => `${name} to ${value}`).join(', ')}.`,
      );
    }
  }
}

async function recover(
  ctx: RestoreContext,
  options: RestoreOptions,
  {
    set,
    layout,
    control,
    user,
  }: { set: BackupSet; layout: RestoreLayout; control: ControlFacts; user: string | undefined },
): Promise<PhysicalServer> {
  const { target, timeline, action } = options;
  const program = findProgram(pgbackrestProgram) ?? pgbackrestProgram;
  const own = {
    layout,
    major: set.major,
    name: options.name,
    fetchCommand: fetchCommand(program, placeOf(options), options.repository, layout.data),
    target,
    timeline,
    action,
    user,
  };
  ctx.log('info', `Recovering to ${targetText(target)} on timeline ${timeline}.`);
  const start = {
    layout,
    major: set.major,
    superuser: options.superuser ?? 'postgres',
    systemUser: user,
    target,
    action,
    segmentBytes: control.segmentBytes,
    applicationName: `plumbline ${options.name}`,
    signal: ctx.signal,
    onProgress: (segments: number) => ctx.progress(segments, null, 'replaying segments of WAL'),
  };
  const server = await startWithEnough(ctx, own, start, control.settings);
  const { reached, log } = server;
  const at = reached.at ? ` (last commit ${reached.at})` : '';
  ctx.log('info', `It stands at ${reached.lsn}${at} after ${log.restored} segments; process ${server.pid}.`);
  return server;
}
