import type { Store } from '@/lib/store/db';

/** How long a restore of a cluster may take, and how much of the newest work it may lose; seconds. */
export async function setObjectives(
  trx: Store,
  clusterId: string,
  { rtoSeconds, rpoSeconds }: { rtoSeconds: number; rpoSeconds: number },
): Promise<void> {
  await trx
    .updateTable('clusters')
    .set({ rto_seconds: rtoSeconds, rpo_seconds: rpoSeconds })
    .where('id', '=', clusterId)
    .execute();
}
