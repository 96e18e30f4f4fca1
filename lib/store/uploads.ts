import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { UploadRecord } from '@/lib/engine/keeping';
import type { SentPart, UploadLayout } from '@/lib/engine/upload-layout';
import type { Store } from '@/lib/store/db';
import { fenced, type Held } from '@/lib/store/run-claims';

/** Copies in storages that are whole or on their way, newest first: of a cluster, a backup, a storage or a key. */
export async function listUploads(
  db: Store,
  of: { clusterId?: string; backupId?: string; keyId?: string; id?: string; readyOnly?: boolean },
): Promise<UploadRecord[]> {
  let query = db
    .selectFrom('backup_uploads as upload')
    .innerJoin('storages as storage', 'storage.id', 'upload.storage_id')
    .innerJoin('backups as backup', 'backup.id', 'upload.backup_id')
    .select([
      'upload.id',
      'upload.backup_id as backupId',
      'upload.storage_id as storageId',
      'storage.name as storageName',
      'upload.key_id as keyId',
      'upload.object_key as objectKey',
      'upload.state',
      'upload.layout',
      'upload.multipart_id as multipartId',
      'upload.parts',
      'upload.object_bytes as objectBytes',
      'backup.database',
      'backup.cluster_id as clusterId',
      'backup.finished_at as finishedAt',
    ])
    .where('upload.state', '<>', 'removed')
    .orderBy('upload.started_at', 'desc')
    .limit(1_000);
  if (of.clusterId) query = query.where('backup.cluster_id', '=', of.clusterId);
  if (of.backupId) query = query.where('upload.backup_id', '=', of.backupId);
  if (of.keyId) query = query.where('upload.key_id', '=', of.keyId);
  if (of.id) query = query.where('upload.id', '=', of.id);
  if (of.readyOnly) query = query.where('upload.state', '=', 'ready');
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, state: row.state === 'ready' ? 'ready' : 'uploading' }));
}

/**
 * The upload of a backup to a storage: goes on with the parts that have arrived when files, key and layout are the
 * same, else begins anew. One that is whole stays as it is.
 */
export async function beginUpload(
  db: Store,
  held: Held,
  of: { backupId: string; storageId: string; keyId: string; objectKey: string; layout: UploadLayout },
): Promise<UploadRecord> {
  const id = await fenced(db, held, async (trx) => {
    const [found] = (await listUploads(trx, { backupId: of.backupId })).filter(
      ({ storageId }) => storageId === of.storageId,
    );
    const row = {
      run_id: held.runId,
      key_id: of.keyId,
      object_key: of.objectKey,
      layout: JSON.stringify(of.layout),
      updated_at: sql<string>`clock_timestamp()`,
    };
    if (!found) {
      const made = newId();
      await trx
        .insertInto('backup_uploads')
        .values({ id: made, backup_id: of.backupId, storage_id: of.storageId, ...row })
        .execute();
      return made;
    }
    const isSame = found.keyId === of.keyId && sameLayout(found.layout, of.layout);
    if (found.state === 'uploading') {
      await trx
        .updateTable('backup_uploads')
        .set(isSame ? { run_id: held.runId } : { ...row, multipart_id: null, parts: '[]' })
        .where('id', '=', found.id)
        .execute();
    }
    return found.id;
  });
  const [upload] = await listUploads(db, { id });
  if (!upload) throw new Error('an upload that was begun is not there');
  return upload;
}

function sameLayout(one: UploadLayout, other: UploadLayout): boolean {
  return (
    one.indexSha256 === other.indexSha256 &&
    one.partBytes === other.partBytes &&
    one.plainBytes === other.plainBytes
  );
}

/** Writes down which parts the storage has confirmed. */
export async function recordParts(
  db: Store,
  held: Held,
  uploadId: string,
  multipartId: string | null,
  parts: readonly SentPart[],
): Promise<void> {
  await fenced(db, held, (trx) =>
    trx
      .updateTable('backup_uploads')
      .set({
        multipart_id: multipartId,
        parts: JSON.stringify(parts),
        updated_at: sql<string>`clock_timestamp()`,
      })
      .where('id', '=', uploadId)
      .execute(),
  );
}

/** The object was read back whole and authenticated. */
export async function finishUpload(
  db: Store,
  held: Held,
  uploadId: string,
  objectBytes: number,
): Promise<void> {
  await fenced(db, held, (trx) =>
    trx
      .updateTable('backup_uploads')
      .set({
        state: 'ready',
        object_bytes: objectBytes,
        multipart_id: null,
        verified_at: sql<string>`clock_timestamp()`,
        updated_at: sql<string>`clock_timestamp()`,
      })
      .where('id', '=', uploadId)
      .execute(),
  );
}

/** The object is gone from its storage. */
export async function forgetUpload(db: Store, held: Held, uploadId: string): Promise<void> {
  await fenced(db, held, (trx) =>
    trx
      .updateTable('backup_uploads')
      .set({ state: 'removed', removed_at: sql<string>`clock_timestamp()`, multipart_id: null, parts: '[]' })
      .where('id', '=', uploadId)
      .execute(),
  );
}
