import { PlumblineError } from '@/lib/base/errors';
import type { StepContext } from '@/lib/engine/define-job';
import { type BackrestPlace, backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';
import { type InfoBackup, parseInfo, type StanzaInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';

const infoDeadlineMs = 120_000;

/** One backup as its repository lists it, with what has to be mapped when it is restored. */
export interface BackupSet {
  label: string;
  repository: number;
  hasErrors: boolean;
  /** Files that had pages with a wrong checksum when they were copied. */
  damagedFiles: string[];
  /** Bytes of the whole server, and of what must be fetched. */
  bytes: number;
  fetchBytes: number;
  /** ISO 8601. */
  stoppedAt: string;
  stopLsn: string | null;
  major: number;
  tablespaces: { oid: number; name: string; destination: string }[];
  links: { name: string; destination: string }[];
  /** The last segment that the archive of this backup's server holds. */
  archiveMax: string | null;
}

type ToolContext = Pick<StepContext, 'tool'>;

async function readStanza(
  ctx: ToolContext,
  place: BackrestPlace,
  repository: number,
  label?: string,
): Promise<StanzaInfo> {
  const lines: string[] = [];
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: backrestArgs('info', place, {
      output: 'json',
      repo: repository,
      ...(label && { set: label }),
      ...silent,
    }),
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line);
    },
    deadlineMs: infoDeadlineMs,
  });
  if (result.exitCode !== 0) throw backrestError(result.exitCode, [...lines, result.stderrTail]);
  const parsed = parseInfo(lines.join('\n'));
  if ('problem' in parsed) {
    throw new PlumblineError('tool-failed', parsed.problem, {
      next: 'See that pgBackRest is 2.45 or newer.',
    });
  }
  const stanza = parsed.stanzas.find(({ name }) => name === place.stanza);
  const problem = stanza
    ? stanzaProblem(stanza)
    : {
        message: `The repository has no stanza ${place.stanza}.`,
        next: 'Set up archiving: it creates the stanza.',
      };
  if (problem) throw new PlumblineError('tool-failed', problem.message, { next: problem.next });
  return stanza as StanzaInfo;
}

/** The backups of a repository that can be restored, oldest first, as it lists them now. */
export async function listBackupSets(
  ctx: ToolContext,
  place: BackrestPlace,
  repository: number,
): Promise<BackupSet[]> {
  const stanza = await readStanza(ctx, place, repository);
  return stanza.backup
    .filter(({ database }) => database['repo-key'] === repository)
    .map((one) => setOf(stanza, one));
}

/**
 * One backup with its tablespaces and links: without them a restore would write to where the source has its own.
 *
 * @throws PlumblineError `not-found` when the repository no longer has it.
 */
export async function readBackupSet(
  ctx: ToolContext,
  place: BackrestPlace,
  repository: number,
  label: string,
): Promise<BackupSet> {
  const stanza = await readStanza(ctx, place, repository, label);
  const found = stanza.backup.find((backup) => backup.label === label);
  if (found) return setOf(stanza, found);
  throw new PlumblineError('not-found', `The repository has no backup ${label} any more.`, {
    next: 'It was expired by somebody else than the console. Choose another one.',
  });
}

function setOf(stanza: StanzaInfo, backup: InfoBackup): BackupSet {
  const { id, 'repo-key': repository } = backup.database;
  const same = (of: { id: number; 'repo-key': number }) => of.id === id && of['repo-key'] === repository;
  const server = stanza.db.find(same);
  const archive = stanza.archive.filter(({ database }) => same(database)).at(-1);
  return {
    label: backup.label,
    repository,
    hasErrors: backup.error === true,
    damagedFiles: backup['error-list'] ?? [],
    bytes: backup.info.size,
    fetchBytes: backup.info.repository?.size ?? backup.info.size,
    stoppedAt: new Date(backup.timestamp.stop * 1000).toISOString(),
    stopLsn: backup.lsn?.stop ?? null,
    major: Number.parseInt(server?.version ?? '0', 10),
    tablespaces: backup.tablespace ?? [],
    links: backup.link ?? [],
    archiveMax: archive?.max ?? null,
  };
}
