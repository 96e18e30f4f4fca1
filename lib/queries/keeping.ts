import { PlumblineError } from '@/lib/base/errors';
import type { KeepingView } from '@/lib/contract/retention';
import { retention } from '@/lib/queries/retention';
import type { Store } from '@/lib/store/db';
import { findPin } from '@/lib/store/pins';
import { listUploads } from '@/lib/store/uploads';

/** What keeps one backup, and where else it lies. @throws PlumblineError `not-found` */
export async function keepingOfBackup(db: Store, id: string): Promise<KeepingView> {
  const pin = await findPin(db, id);
  if (!pin)
    throw new PlumblineError('not-found', 'There is no such backup.', { next: 'See the list of backups.' });
  const [judged, uploads] = await Promise.all([
    retention(db, pin.clusterId, {}),
    listUploads(db, { backupId: id }),
  ]);
  const verdict = judged.backups.find((backup) => backup.id === id);
  return {
    verdict: verdict ? { keeps: verdict.keeps, reasons: verdict.reasons } : null,
    uploads: uploads.map(({ storageName, objectKey, keyId, state, parts, layout }) => ({
      ...{ storage: storageName, objectKey, keyId, state },
      parts: { done: parts.length, of: layout.parts },
    })),
  };
}
