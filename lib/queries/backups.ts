import { PlumblineError } from '@/lib/base/errors';
import type { Backup, BackupDetail } from '@/lib/contract/backups';
import { chainOf } from '@/lib/store/backup-catalog';
import type { Store } from '@/lib/store/db';
import { type BackupRow, type DrillRow, drillsOfBackups, listBackups } from '@/lib/store/proof-reads';

function summary({ backupId: _, ...drill }: DrillRow): NonNullable<Backup['lastDrill']> {
  return drill;
}

function view(row: BackupRow, drills: readonly DrillRow[]): Backup {
  const { clusterId, clusterName, instanceId, instanceName, facts: _, stanzaId: __, ...more } = row;
  const { pinnedAt, pinnedByName, pinReason, goneAt, goneWhy, pageChecksums: ___, ...rest } = more;
  const newest = drills.find((drill) => drill.backupId === row.id);
  return {
    ...rest,
    cluster: { id: clusterId, name: clusterName },
    instance: instanceId === null ? null : { id: instanceId, name: instanceName ?? '' },
    pin: pinnedAt === null ? null : { at: pinnedAt, byName: pinnedByName ?? '', reason: pinReason ?? '' },
    gone: goneAt === null ? null : { at: goneAt, why: goneWhy ?? '' },
    checksums: checksumsOf(row),
    lastDrill: newest ? summary(newest) : null,
  };
}

function checksumsOf({ type, hasErrors, pageChecksums }: BackupRow): Backup['checksums'] {
  if (hasErrors) return 'damaged';
  if (type === 'logical') return 'decoded';
  return pageChecksums === 'on' ? 'clean' : 'unchecked';
}

/** Backups, newest first, each with its newest drill. */
export async function backups(
  db: Store,
  query: {
    clusterId?: string;
    database?: string;
    type?: Backup['type'];
    state?: Backup['state'];
    limit: number;
    cursor?: string;
  },
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
  const chain = row.stanzaId === null ? [] : await chainOf(db, row.id);
  return { ...view(row, drills), facts: row.facts, drills: drills.map(summary), chain };
}
