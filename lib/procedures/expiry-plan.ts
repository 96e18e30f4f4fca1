import { formatBytes } from '@/lib/base/format';
import type { JsonObject, PlanContext, PlanDraft, StanzaRecord } from '@/lib/engine/define-job';
import type { ShelvedBackup } from '@/lib/engine/keeping';
import { judgeRetention, type RetentionGroup } from '@/lib/engine/retention';
import { isWhole, refusalToRemove } from '@/lib/procedures/expiry-folder';
import { type BackrestOptions, backrestArgs, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';

export type ExpiringUpload = { id: string; storageId: string; storageName: string; objectKey: string };
export type ExpiringDump = {
  id: string;
  database: string;
  path: string;
  bytes: number;
  uploads: ExpiringUpload[];
};
export type ExpiringSet = { id: string; label: string; repository: number; bytes: number; args: string[] };
export type ExpiryParams = {
  repositoryDir: string;
  dumps: ExpiringDump[];
  sets: ExpiringSet[];
  /** Arguments that remove WAL which no second of the window needs, per repository. */
  wal: { repository: number; args: string[] }[];
  stanza: string | null;
  configFile: string | null;
} & JsonObject;

/** So many full backups that the tool never expires one by itself: the console says which go. */
const never = 9_999_999;

/** Options of `pgbackrest expire`: no backup by count, and so no WAL but what is older than the oldest backup. */
function expireOptions(repository: number): BackrestOptions {
  return { repo: repository, [`repo${repository}-retention-full`]: never };
}

/**
 * And WAL before the oldest full backup that the window stands on (pgbackrest.org/configuration.html, “Archive
 * Retention”): older ones keep what makes them consistent. Only when all sets that were to go have gone.
 */
function walOptions(repository: number, fullsWithWal: number): BackrestOptions {
  return {
    ...expireOptions(repository),
    [`repo${repository}-retention-archive`]: Math.max(1, fullsWithWal),
    [`repo${repository}-retention-archive-type`]: 'full',
  };
}

/** The dry run of an expiry: exactly what goes, what stays and why, and what it does to the way back. Reads only. */
export async function planExpiry(ctx: PlanContext): Promise<PlanDraft<ExpiryParams>> {
  const [shelf, policy, uploads, stanza] = await Promise.all([
    ctx.keeping.shelf(),
    ctx.keeping.policy(),
    ctx.keeping.uploads(),
    ctx.stanza(),
  ]);
  const judged = shelf.filter(({ isHalfGone }) => !isHalfGone);
  const groups = judgeRetention(judged, policy, new Date());
  const byId = new Map(shelf.map((backup) => [backup.id, backup]));
  const going = [
    ...groups.flatMap(({ verdicts }) => verdicts.filter(({ keeps }) => !keeps).map(({ id }) => id)),
    // What an earlier run took off the shelf and did not come to removing.
    ...shelf.filter(({ isHalfGone }) => isHalfGone).map(({ id }) => id),
  ].flatMap((id) => byId.get(id) ?? []);

  const warnings: string[] = [];
  const dumps: ExpiringDump[] = [];
  for (const backup of going.filter(({ type }) => type === 'logical')) {
    if (backup.workerName !== ctx.workerName) {
      warnings.push(
        `A dump of ${backup.database} of ${backup.finishedAt} lies on the worker ${backup.workerName} and stays there.`,
      );
      continue;
    }
    const refusal = isWhole(backup.path) ? await refusalToRemove(ctx.repositoryDir, backup) : null;
    if (refusal) {
      warnings.push(`A dump of ${backup.database} stays: ${refusal}.`);
      continue;
    }
    dumps.push({
      id: backup.id,
      database: backup.database ?? '',
      path: backup.path,
      bytes: backup.bytes,
      uploads: uploads
        .filter(({ backupId }) => backupId === backup.id)
        .map(({ id, storageId, storageName, objectKey }) => ({ id, storageId, storageName, objectKey })),
    });
  }
  const physical = setsThatGo(ctx, going, groups, stanza);
  warnings.push(...physical.warnings);
  for (const group of groups) {
    if (group.frozen) warnings.push(`Nothing of ${nameOf(group)} goes while ${group.frozen}.`);
  }
  const { sets, wal } = physical;
  const bytes = [...dumps, ...sets].reduce((sum, backup) => sum + backup.bytes, 0);
  const count = dumps.length + sets.length;
  return {
    summary:
      count === 0
        ? 'No backup has to go by the policy.'
        : `Remove ${count} of ${judged.length} backups for good, ${formatBytes(bytes)}: ${dumps.length} dumps and ${sets.length} backup sets.`,
    acts: [
      ...dumps.flatMap((dump) => [
        ...dump.uploads.map(({ storageName, objectKey }) => ({
          step: 'dumps',
          argv: ['delete', `${storageName}: ${objectKey}`],
        })),
        { step: 'dumps', argv: ['rm', '-r', dump.path] },
      ]),
      ...sets.map(({ args }) => ({ step: 'sets', argv: [pgbackrestProgram, ...args] })),
      ...wal.map(({ args }) => ({ step: 'wal', argv: [pgbackrestProgram, ...args] })),
    ],
    params: {
      repositoryDir: ctx.repositoryDir,
      dumps,
      sets,
      wal,
      stanza: stanza?.name ?? null,
      configFile: stanza ? ctx.stanzaConfigPath(stanza) : null,
    },
    warnings,
    blockers: [],
    estimates: [
      { label: 'Freed', value: bytes, unit: 'bytes' },
      { label: 'Backups that stay', value: judged.length - count, unit: 'count' },
    ],
    tables: [
      {
        title: 'How far back it reaches',
        columns: ['What', 'Now from', 'Then from'],
        rows: groups.map((group) => [nameOf(group), group.reachesBack.before, group.reachesBack.after]),
      },
    ],
  };
}

export function nameOf(group: Pick<RetentionGroup, 'type' | 'database' | 'repository'>): string {
  return group.type === 'logical'
    ? `database ${group.database}`
    : `the server’s backups in repository ${group.repository}`;
}

function setsThatGo(
  ctx: PlanContext,
  going: readonly ShelvedBackup[],
  groups: readonly RetentionGroup[],
  stanza: StanzaRecord | undefined,
): Pick<ExpiryParams, 'sets' | 'wal'> & { warnings: string[] } {
  const nothing = { sets: [], wal: [], warnings: [] };
  const physical = groups.filter(({ type, verdicts }) => type === 'physical' && verdicts.length > 0);
  if (physical.length === 0) return nothing;
  if (stanza?.state !== 'active')
    return { ...nothing, warnings: ['Backup sets stay: the cluster has no active stanza.'] };
  if (!stanza.isManaged) {
    const why = `The stanza ${stanza.name} was set up by somebody else, and its retention is theirs.`;
    return { ...nothing, warnings: [`${why} Backup sets stay until it is handed over.`] };
  }
  const place = { configFile: ctx.stanzaConfigPath(stanza), stanza: stanza.name };
  const ours = physical.filter((group) => group.stanzaId === stanza.id && group.frozen === null);
  const sets = ours.flatMap(({ repository }) =>
    going
      .filter((backup) => backup.stanzaId === stanza.id && backup.repository === repository)
      // The newest first: what depends on others goes before them.
      .sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt))
      .flatMap(({ id, label, bytes }) => {
        if (label === null || repository === null) return [];
        const options = { set: label, ...expireOptions(repository) };
        return [{ id, label, repository, bytes, args: backrestArgs('expire', place, options) }];
      }),
  );
  const wal = ours.flatMap(({ repository, fullsWithWal }) =>
    repository === null
      ? []
      : [{ repository, args: backrestArgs('expire', place, walOptions(repository, fullsWithWal)) }],
  );
  return { sets, wal, warnings: [] };
}
