import { existsSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { formatBytes, plural } from '@/lib/base/format';
import type { BackupRecord, PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { amcheckArguments } from '@/lib/procedures/drill-amcheck';
import { restoreArguments } from '@/lib/procedures/drill-restore';
import { dumpFolder, readManifest } from '@/lib/procedures/dump-archive';
import { median } from '@/lib/procedures/dump-plan';
import { findPostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

export type DrillParams = {
  backupId: string;
  path: string;
  manifestSha256: string;
  database: string;
  major: number;
};

export interface DrillInput {
  backupId?: string;
  database?: string;
  jobs: number;
}

async function chosenBackup(ctx: PlanContext, input: DrillInput): Promise<BackupRecord> {
  const backup = input.backupId
    ? await ctx.findBackup(input.backupId)
    : await ctx.newestBackup?.(input.database);
  if (!backup || backup.clusterId !== ctx.target.clusterId || backup.type !== 'logical') {
    const field = input.backupId || !input.database ? 'backupId' : 'database';
    const message = input.backupId
      ? 'There is no such backup of this cluster.'
      : 'There is no backup to drill yet.';
    throw new PlumblineError('bad-input', message, {
      fields: { [field]: message },
      next: 'Choose one of the cluster’s backups, or take one first.',
    });
  }
  return backup;
}

/** Extensions whose control file is in none of the folders where this major keeps them. */
export function absentExtensions(postgres: string, major: number, names: readonly string[]): string[] {
  const bin = path.dirname(postgres);
  const folders = [
    `/usr/share/postgresql/${major}/extension`,
    path.join(bin, '../share/extension'),
    path.join(bin, '../share/postgresql/extension'),
  ].filter((folder) => existsSync(folder));
  if (folders.length === 0) return [];
  return names.filter(
    (name) => /^[\w-]+$/.test(name) && !folders.some((folder) => existsSync(`${folder}/${name}.control`)),
  );
}

/** The server that a drill of this major boots, and what this worker lacks for one. */
export async function drillPrograms(
  ctx: PlanContext,
  major: number,
): Promise<{ postgres: string | undefined; blockers: PlanDraft['blockers'] }> {
  const blockers: PlanDraft['blockers'] = [];
  const postgres = await ctx.findProgram('postgres', major);
  // A newer server would read the dump as well, but a drill must boot what a restore would.
  const hasServer = serverFor(await findPostgresPrograms(), major) !== undefined;
  if (!postgres || !hasServer || !(await ctx.findProgram('initdb', major))) {
    blockers.push({
      message: `The worker ${ctx.workerName} has no server of PostgreSQL ${major}.`,
      next: `Install Debian’s package ${packageOf(major, 'server')} on it; it needs no cluster of its own.`,
    });
  }
  for (const program of ['pg_restore', 'pg_amcheck']) {
    if (await ctx.findProgram(program, major)) continue;
    blockers.push({
      message: `The worker ${ctx.workerName} has no ${program} of PostgreSQL ${major}.`,
      next: `Install Debian’s package ${packageOf(major, 'client')} on it.`,
    });
  }
  return { postgres, blockers };
}

/** The dry run of a drill: is the backup here and whole enough to try, are the programs, is there room. */
export async function planDrill(ctx: PlanContext, input: DrillInput): Promise<PlanDraft<DrillParams>> {
  const backup = await chosenBackup(ctx, input);
  const blockers: PlanDraft['blockers'] = [];
  const warnings: string[] = [];
  const major = Math.floor(backup.serverVersionNum / 10_000);
  const database = backup.database ?? '';
  if (backup.state !== 'ready') {
    blockers.push({ message: `The backup is ${backup.state}.`, next: 'Choose one that is ready.' });
  } else if (backup.workerName !== ctx.workerName) {
    blockers.push({
      message: `The backup lies on the worker ${backup.workerName}, this is ${ctx.workerName}.`,
      next: `Let ${backup.workerName} run it.`,
    });
  }
  const { postgres, blockers: missing } = await drillPrograms(ctx, major);
  blockers.push(...missing);
  if (blockers.length === 0) {
    try {
      const manifest = await readManifest(backup.path);
      const names = manifest.catalog.extensions.map(({ name }) => name);
      const absent = postgres ? absentExtensions(postgres, major, names) : [];
      if (absent.length > 0) {
        warnings.push(
          `This worker has no files of the extensions ${absent.join(', ')}: what depends on them cannot be restored, so the verdict is partial at best. Install their packages for PostgreSQL ${major}.`,
        );
      }
    } catch (error) {
      // Not a blocker: a drill that fails is evidence, one that cannot start is none.
      warnings.push(`${messageOf(error)} The drill will fail and say so.`);
    }
  }
  const needed = Number(backup.facts.decodedBytes ?? backup.bytes * 4);
  const free = await ctx.freeBytes('scratch');
  if (free < needed * 1.5) {
    blockers.push({
      message: `The scratch folder has ${formatBytes(free)} free; the restored database needs about ${formatBytes(needed * 2)}.`,
      next: 'Free space there, then plan again.',
    });
  }
  const scratch = { socketDir: '{runDir}/pg/s', port: 5432, user: 'plumbline_scratch' };
  const dump = path.join(backup.path, dumpFolder);
  const past = await ctx.pastDurations();
  return {
    summary: `Restore the backup of “${database}” of ${backup.finishedAt} into a scratch server on ${ctx.workerName}, check it from every side, and remove it.`,
    acts: [
      { step: 'checksums', argv: ['sha256', backup.path], as: 'the worker' },
      {
        step: 'drill',
        argv: ['initdb', '--pgdata={runDir}/pg/data'],
        as: 'a scratch server without a network',
      },
      {
        step: 'drill',
        argv: [
          'pg_restore',
          ...restoreArguments(scratch, input.jobs),
          '--use-list={runDir}/restore.list',
          dump,
        ],
      },
      { step: 'drill', argv: ['pg_amcheck', ...amcheckArguments(scratch, input.jobs)] },
    ],
    params: {
      backupId: backup.id,
      path: backup.path,
      manifestSha256: String(backup.facts.manifestSha256 ?? ''),
      database,
      major,
    },
    warnings,
    blockers,
    estimates: [
      { label: 'Backup', value: backup.bytes, unit: 'bytes' },
      { label: 'Data to restore', value: needed, unit: 'bytes', note: 'as text, without indexes' },
      { label: 'Free for the scratch server', value: free, unit: 'bytes' },
      {
        label: 'Duration',
        value: median(past),
        unit: 'seconds',
        note:
          past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
      },
    ],
  };
}
