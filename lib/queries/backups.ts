import { PlumblineError } from '@/lib/base/errors';
import type { Backup, BackupDetail } from '@/lib/contract/backups';
import type { Store } from '@/lib/store/db';
import { type BackupRow, type DrillRow, drillsOfBackups, listBackups } from '@/lib/store/proof-reads';

function summary({ backupId: _, ...drill }: DrillRow): NonNullable<Backup['lastDrill']> {
  return drill;
}

function view(row: BackupRow, drills: readonly DrillRow[]): Backup {
  const { clusterId, clusterName, instanceId, instanceName, facts: _, ...rest } = row;
  const newest = drills.find((drill) => drill.backupId === row.id);
  return {
    ...rest,
    cluster: { id: clusterId, name: clusterName },
    instance: instanceId === null ? null : { id: instanceId, name: instanceName ?? '' },
    lastDrill: newest ? summary(newest) : null,
  };
}

/** Backups, newest first, each with its newest drill. */
export async function backups(
  db: Store,
  query: { clusterId?: string; database?: string; limit: number; cursor?: string },
): Promise<{ items: Backup[]; nextCursor: string | null }> {
  const { limit, cursor, ...filter } = query;
  const rows = await listBackups(db, { ...filter, before: cursor, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const drills = await drillsOfBackups(
    db,
    shown.map((row) => row.id),
  );
  return {
    items: shown.map((row) => view(row, drills)),
    nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** One backup with its facts and all its drills. @throws PlumblineError `not-found` */
export async function backup(db: Store, id: string): Promise<BackupDetail> {
  const [row] = await listBackups(db, { id, limit: 1 });
  if (!row)
    throw new PlumblineError('not-found', 'There is no such backup.', { next: 'See the list of backups.' });
  const drills = await drillsOfBackups(db, [id]);
  return { ...view(row, drills), facts: row.facts, drills: drills.map(summary) };
}
