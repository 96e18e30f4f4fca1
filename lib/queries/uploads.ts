import { z } from 'zod';
import type { DumpKeyView } from '@/lib/contract/storages';
import { escrowHoldsSeconds } from '@/lib/engine/escrow';
import { storageTestView } from '@/lib/queries/storages';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { listDumpKeys } from '@/lib/store/dump-keys';
import { latestStorageTests } from '@/lib/store/storage-tests';
import { listUploads } from '@/lib/store/uploads';

const proofSchema = z.object({
  objectKey: z.string(),
  storage: z.string(),
  runId: z.string().nullable().default(null),
});

/** The keys that dumps were ever encrypted with, and what is known of the copies that people keep. */
export async function dumpKeys(db: Store): Promise<{ items: DumpKeyView[] }> {
  const [keys, tests, uploads] = await Promise.all([
    listDumpKeys(db),
    latestStorageTests(db),
    listUploads(db, { readyOnly: true }),
  ]);
  return {
    items: keys.map((key): DumpKeyView => {
      const proof = proofSchema.safeParse(key.escrow_proof);
      const test = tests.get(key.id);
      return {
        id: key.id,
        keyId: key.key_id,
        createdAt: key.created_at,
        createdByName: key.created_by_name,
        retiredAt: key.retired_at,
        uploads: uploads.filter(({ keyId }) => keyId === key.key_id).length,
        escrow:
          key.escrow_proven_at === null || !proof.success
            ? null
            : {
                provenAt: key.escrow_proven_at,
                by: key.escrow_proven_by ?? '',
                isStale: Date.now() - Date.parse(key.escrow_proven_at) > escrowHoldsSeconds * 1000,
                ...proof.data,
              },
        latestCheck: test ? storageTestView(test) : null,
        drillHref: drillHref(uploads.find(({ keyId }) => keyId === key.key_id)),
      };
    }),
  };
}

/** The form of the kind that shows this evidence, filled in with the newest dump of a key. */
function drillHref(upload: { backupId: string; clusterId: string } | undefined): string | null {
  const kind = catalogue.jobs.find(({ shows }) => shows === 'dump-escrow')?.id;
  if (!kind || !upload) return null;
  const { backupId, clusterId } = upload;
  return `/jobs/${kind}?${new URLSearchParams({ clusterId, backupId })}`;
}
