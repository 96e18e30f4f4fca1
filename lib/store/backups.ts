import type { BackupRecord, NewBackup } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';

/**
 * Registers a backup that is complete at its final path. Its id is the run's, so that a repeat is harmless; a set that
 * was already found in its repository keeps the id it got there, and learns whose run it is.
 */
export async function storeBackup(
  db: Store,
  held: Held,
  of: { clusterId: string; instanceId: string; workerName: string; serverVersionNum: number },
  backup: NewBackup,
): Promise<string> {
  return fenced(db, held, async (trx) => {
    const set =
      backup.type === 'physical'
        ? {
            method: backup.method,
            stanza_id: backup.stanzaId,
            repository: backup.repository,
            label: backup.label,
            depends_on: backup.dependsOn,
            timeline: backup.timeline,
            wal_first: backup.walFirst,
            wal_last: backup.walLast,
            has_errors: backup.hasErrors,
          }
        : { method: 'dump' as const, database: backup.database };
    const row = {
      ...set,
      cluster_id: of.clusterId,
      instance_id: of.instanceId,
      run_id: held.runId,
      type: backup.type,
      path: backup.path,
      worker_name: of.workerName,
      bytes: backup.bytes,
      server_version_num: of.serverVersionNum,
      facts: JSON.stringify(backup.facts),
      started_at: backup.startedAt,
      finished_at: backup.finishedAt,
    };
    const stored = await trx
      .insertInto('backups')
      .values({ id: held.runId, ...row })
      .onConflict((conflict) =>
        backup.type === 'physical'
          ? conflict
              .columns(['stanza_id', 'repository', 'label'])
              .where('stanza_id', 'is not', null)
              .doUpdateSet(row)
          : conflict.column('id').doUpdateSet(row),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    await addRunEvent(trx, held, 'backup', { path: backup.path, bytes: backup.bytes });
    return stored.id;
  });
}

const columns = [
  'id',
  'cluster_id as clusterId',
  'instance_id as instanceId',
  'type',
  'database',
  'path',
  'worker_name as workerName',
  'bytes',
  'server_version_num as serverVersionNum',
  'facts',
  'state',
  'started_at as startedAt',
  'finished_at as finishedAt',
  'method',
  'stanza_id as stanzaId',
  'repository',
  'label',
  'depends_on as dependsOn',
  'timeline',
  'wal_first as walFirst',
  'wal_last as walLast',
  'has_errors as hasErrors',
] as const;

export async function findBackup(db: Store, id: string): Promise<BackupRecord | undefined> {
  return db.selectFrom('backups').select(columns).where('id', '=', id).executeTakeFirst();
}

/** Backup sets of a cluster that are ready, newest first. */
export async function physicalBackups(db: Store, clusterId: string): Promise<BackupRecord[]> {
  return db
    .selectFrom('backups')
    .select(columns)
    .where('cluster_id', '=', clusterId)
    .where('type', '=', 'physical')
    .where('state', '=', 'ready')
    .orderBy('finished_at', 'desc')
    .limit(1000)
    .execute();
}

/** The newest dump of a cluster that is ready in this worker's folders, of one database or of any. */
export async function newestBackup(
  db: Store,
  of: { clusterId: string; workerName: string; database?: string },
): Promise<BackupRecord | undefined> {
  let query = db
    .selectFrom('backups')
    .select(columns)
    .where('cluster_id', '=', of.clusterId)
    .where('worker_name', '=', of.workerName)
    .where('type', '=', 'logical')
    .where('state', '=', 'ready');
  if (of.database !== undefined) query = query.where('database', '=', of.database);
  return query.orderBy('finished_at', 'desc').limit(1).executeTakeFirst();
}
