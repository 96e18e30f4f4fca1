import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

/** Names of folders that may be offered: one step below the worker's own folder, nothing hidden. */
export const baseBackupName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const deadlineMs = 24 * 3600_000;

/** What can be told of a directory that pg_basebackup or another tool has made, before anything is copied. */
export interface BaseBackup {
  directory: string;
  major: number;
  bytes: number;
  /** ISO 8601, from its backup_label: when it was begun. */
  startedAt: string | null;
  hasManifest: boolean;
  problems: { message: string; next: string }[];
}

/**
 * Looks at a directory below the worker's folder of base backups. Whatever leads out of it is a problem: a copy that
 * followed a link would write where production has its files.
 */
export function readBaseBackup(folder: string, name: string): BaseBackup {
  if (!baseBackupName.test(name)) {
    throw new PlumblineError('bad-input', 'This is no name of a folder.', {
      fields: { name: 'Give a plain name.' },
    });
  }
  const directory = path.join(folder, name);
  const found: BaseBackup = {
    directory,
    major: majorOf(directory),
    bytes: 0,
    startedAt: startOf(directory),
    hasManifest: existsSync(path.join(directory, 'backup_manifest')),
    problems: [],
  };
  const problem = (message: string, next: string) => found.problems.push({ message, next });
  if (found.major === 0) {
    problem(
      `${directory} holds no data directory.`,
      'Name a folder that pg_basebackup has made in plain format.',
    );
    return found;
  }
  if (existsSync(path.join(directory, 'postmaster.pid'))) {
    problem(
      `A server runs, or ran, in ${directory}.`,
      'Name a backup: a server’s own directory is not touched.',
    );
  }
  if (found.startedAt === null) {
    problem(
      `${directory} has no backup_label, so nothing says from where its WAL must be replayed.`,
      'Name a base backup that was finished in order and never started.',
    );
  }
  const links: string[] = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) links.push(path.relative(directory, file));
    else if (entry.isFile()) found.bytes += lstatSync(file).size;
  }
  if (links.length > 0) {
    problem(
      `It leads out of its folder: ${shownList(links)}.`,
      'Take the backup with --tablespace-mapping and without --waldir, or drill it with pgBackRest.',
    );
  }
  return found;
}

function majorOf(directory: string): number {
  try {
    return Number.parseInt(readFileSync(path.join(directory, 'PG_VERSION'), 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}

function startOf(directory: string): string | null {
  try {
    const label = readFileSync(path.join(directory, 'backup_label'), 'utf8');
    const at = /^START TIME: (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (\S+)/m.exec(label);
    const parsed = at
      ? Date.parse(`${at[1]}T${at[2]}${at[3] === 'UTC' || at[3] === 'GMT' ? 'Z' : ''}`)
      : Number.NaN;
    return Number.isNaN(parsed) ? '' : new Date(parsed).toISOString();
  } catch {
    return null;
  }
}

/** Compares every file with the manifest that pg_basebackup has written (manual: pg_verifybackup). */
export async function verifyBaseBackup(
  ctx: Pick<StepContext, 'tool'>,
  backup: Pick<BaseBackup, 'directory' | 'major' | 'hasManifest'>,
): Promise<{ check?: DrillCheck; notChecked?: string }> {
  if (!backup.hasManifest) {
    return { notChecked: 'its files against a manifest: the backup has none (pg_basebackup writes one)' };
  }
  const said: string[] = [];
  const result = await ctx.tool({
    program: 'pg_verifybackup',
    major: backup.major,
    // Whether the WAL suffices is told by replaying it.
    args: ['--no-parse-wal', backup.directory],
    onLine: (line) => {
      if (line.trim() && said.length < 50) said.push(line.replace(/^pg_verifybackup: /, '').trim());
    },
    deadlineMs,
  });
  if (result.exitCode === 0) {
    return { check: { name: 'manifest', verdict: 'pass', detail: 'All files are as the manifest says.' } };
  }
  return { check: { name: 'manifest', verdict: 'fail', detail: shownList(said) } };
}
