import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { formatBytes, plural } from '@/lib/base/format';
import type { BackupRecord, JsonObject, PlanContext, PlanDraft, StanzaRecord } from '@/lib/engine/define-job';
import { absentExtensions } from '@/lib/procedures/drill-plan';
import { median } from '@/lib/procedures/dump-plan';
import { programBlockers } from '@/lib/procedures/physical-backup-plan';
import { neededBytes } from '@/lib/procedures/physical-restore';
import { type RestoreWanted, restoreArgs } from '@/lib/procedures/physical-restore-args';
import { backupFor, type RecoveryTarget, targetProblem, targetText } from '@/lib/procedures/recovery-target';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { findPostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

export type RestoreParams = {
  stanza: string;
  stanzaId: string;
  configFile: string;
  repository: number;
  backupId: string;
  label: string;
  major: number;
  target: JsonObject;
  timeline: number;
  /** A superuser of the source, who is one in the copy as well. */
  superuser: string;
};

export interface RestoreChoice {
  repository: number;
  backupId?: string;
  timeline?: number;
  target: RecoveryTarget;
  /** To a place of its own, to be used: it takes no room of the scratch folder, and is no drill. */
  isForUse?: boolean;
}

export interface PlannedRestore {
  params: RestoreParams;
  backup: BackupRecord | undefined;
  blockers: PlanDraft['blockers'];
  warnings: string[];
  estimates: PlanDraft['estimates'];
  /** Exactly what will be run, below a directory that is left open. */
  argv(directory: string, action: 'pause' | 'promote', target?: RecoveryTarget): string[];
  isOnProduction: boolean;
}

const reachable = (backup: BackupRecord) => ({
  ...backup,
  label: backup.label ?? '',
  stoppedAt: backup.finishedAt,
  stopLsn: typeof backup.facts.lsnStop === 'string' ? backup.facts.lsnStop : null,
});

/** What every restore of a physical backup needs, whatever becomes of it then: backup, programs, room, a reachable target. */
export async function planRestore(ctx: PlanContext, choice: RestoreChoice): Promise<PlannedRestore> {
  const blockers: PlanDraft['blockers'] = [];
  const warnings: string[] = [];
  const stanza = await ctx.stanza();
  const backup = await chooseBackup(ctx, choice, stanza, blockers);
  const { blockers: missing } = await programBlockers(ctx.workerName);
  blockers.push(...missing);
  const versionNum = backup?.serverVersionNum || ctx.target.serverVersionNum;
  const major = Math.floor(versionNum / 10_000);
  const programs = serverFor(await findPostgresPrograms(), major);
  if (!programs) {
    blockers.push({
      message: `The worker ${ctx.workerName} has no server of PostgreSQL ${major}, which the backup is of.`,
      next: `Install Debian’s package ${packageOf(major, 'server')} on it; it needs no cluster of its own.`,
    });
  }
  const repository = stanza?.repositories.find(({ ordinal }) => ordinal === choice.repository);
  if (repository && !repository.storageId && stanza?.workerName && stanza.workerName !== ctx.workerName) {
    blockers.push({
      message: `Repository ${choice.repository} lies on the disk of the worker ${stanza.workerName}, this is ${ctx.workerName}.`,
      next: `Start ${stanza.workerName}, or choose a repository in a storage.`,
    });
  }
  if (!ctx.mayDrill && !choice.isForUse) {
    blockers.push({
      message: `The worker ${ctx.workerName} is not marked for drills and copies.`,
      next: 'Set PLUMBLINE_DRILLS=yes on it, or use a repository that another worker reaches.',
    });
  }
  const bytes = Number(backup?.facts.serverBytes ?? backup?.bytes ?? 0);
  const free = await ctx.freeBytes('scratch');
  if (backup && !choice.isForUse && free < neededBytes(bytes)) {
    blockers.push({
      message: `The worker’s folder has ${formatBytes(free)} free; this restore needs about ${formatBytes(neededBytes(bytes))}.`,
      next: 'Free space there, or give the worker another PLUMBLINE_WORK_DIR.',
    });
  }
  if (backup?.hasErrors) {
    warnings.push('Damaged pages were found when this backup was taken: the copy will have them too.');
  }
  const superuser = await askSource(
    ctx,
    programs && path.join(programs.directory, 'postgres'),
    major,
    warnings,
  );
  const past = await ctx.pastDurations();
  const timeline = choice.timeline ?? ctx.target.timeline;
  const params: RestoreParams = {
    stanza: stanza?.name ?? '',
    stanzaId: stanza?.id ?? '',
    configFile: stanza ? ctx.stanzaConfigPath(stanza) : '',
    repository: choice.repository,
    backupId: backup?.id ?? '',
    label: backup?.label ?? '',
    major,
    target: { ...choice.target },
    timeline,
    superuser,
  };
  return {
    params,
    backup,
    blockers,
    warnings,
    estimates: [
      { label: 'Data to restore', value: bytes, unit: 'bytes', note: targetText(choice.target) },
      { label: 'Free in the worker’s folder', value: free, unit: 'bytes' },
      durationOf(past, await ctx.drillSeconds()),
    ],
    argv: (directory, action, target = choice.target) => {
      const wanted: RestoreWanted = {
        place: { configFile: params.configFile, stanza: params.stanza },
        repository: choice.repository,
        set: { label: params.label, tablespaces: [] },
        target,
        timeline,
        layout: { data: `${directory}/data`, tablespaces: `${directory}/ts` },
        action,
        processMax: 2,
      };
      return [pgbackrestProgram, ...restoreArgs(wanted)];
    },
    isOnProduction: ctx.target.isProduction === true && stanza?.workerName === ctx.workerName,
  };
}

/** By earlier runs of the same kind, else by drills, which do the same until the server is up. */
function durationOf(past: readonly number[], drills: readonly number[]): PlanDraft['estimates'][number] {
  const by = past.length > 0 ? past : drills;
  const note =
    past.length > 0
      ? `median of ${plural(past.length, 'earlier run')}`
      : drills.length > 0
        ? `median of ${plural(drills.length, 'drill')}, until the server is up`
        : 'no earlier run or drill to go by';
  return { label: 'Duration', value: median(by), unit: 'seconds', note };
}

async function chooseBackup(
  ctx: PlanContext,
  choice: RestoreChoice,
  stanza: StanzaRecord | undefined,
  blockers: PlanDraft['blockers'],
): Promise<BackupRecord | undefined> {
  if (stanza?.state !== 'active') {
    blockers.push({
      message: stanza ? `The stanza ${stanza.name} is a draft.` : 'The cluster has no stanza of pgBackRest.',
      next: 'Set up archiving on the cluster’s recovery page, then take a backup.',
    });
    return undefined;
  }
  const now = new Date();
  const all = (await ctx.physicalBackups())
    .filter(({ stanzaId, repository }) => stanzaId === stanza.id && repository === choice.repository)
    .map(reachable);
  if (choice.backupId !== undefined) {
    const chosen = all.find(({ id }) => id === choice.backupId);
    if (!chosen) {
      const message = `Repository ${choice.repository} has no such backup of this cluster.`;
      throw new PlumblineError('bad-input', message, {
        fields: { backupId: message },
        next: 'Choose one of the cluster’s physical backups that is ready.',
      });
    }
    const problem = targetProblem(choice.target, chosen, now);
    if (problem) refuse(problem);
    return chosen;
  }
  const problem = targetProblem(choice.target, undefined, now);
  if (problem) refuse(problem);
  const found = backupFor(all, choice.target, now);
  if (found) return found;
  blockers.push({
    message:
      all.length === 0
        ? `Repository ${choice.repository} holds no physical backup of this cluster yet.`
        : `None of the ${all.length} backups ended before ${targetText(choice.target)}.`,
    next: all.length === 0 ? 'Take one first.' : 'Choose a later moment, or another repository.',
  });
  return undefined;
}

function refuse(problem: { message: string; next: string; field: string }): never {
  throw new PlumblineError('bad-input', problem.message, {
    fields: { [problem.field]: problem.message },
    next: problem.next,
  });
}

/** Asks the source, if it lives, who its superuser is and which extensions a copy would miss here. */
async function askSource(
  ctx: PlanContext,
  postgres: string | undefined,
  major: number,
  warnings: string[],
): Promise<string> {
  if (ctx.target.isReachable === false) {
    warnings.push(
      'The server does not answer: this works from the repository alone, as the server was last known.',
    );
    return 'postgres';
  }
  try {
    const session = await ctx.connect('backup');
    const [facts] = await session.query(
      `select (select rolname from pg_roles where oid = 10)::text as superuser,
         (select setting from pg_settings where name = 'shared_preload_libraries') as libraries`,
    );
    const rows = await session.query('select extname::text as name from pg_extension');
    await session.close();
    if (facts?.libraries) {
      warnings.push(
        `The server loads ${facts.libraries} at its start; the copy loads nothing, so that no job of theirs runs in it.`,
      );
    }
    const absent = postgres
      ? absentExtensions(
          postgres,
          major,
          rows.map(({ name }) => String(name)),
        )
      : [];
    if (absent.length > 0) {
      warnings.push(
        `This worker has no files of the extensions ${absent.join(', ')}: what needs them cannot be used.`,
      );
    }
    return String(facts?.superuser ?? 'postgres');
  } catch (error) {
    ctx.signal.throwIfAborted();
    warnings.push(`The server could not be asked for its superuser and extensions: ${messageOf(error)}`);
    return 'postgres';
  }
}
