import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { clusterOrThrow } from '@/lib/commands/clusters';
import { type RetentionPolicy, retentionPolicySchema } from '@/lib/contract/retention';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { findPolicy, storePolicy } from '@/lib/store/retention';

/**
 * Says how long backups of a cluster are kept. Nothing goes by it alone: an expiry is planned and run, or scheduled.
 *
 * @throws PlumblineError `not-found`, `not-allowed`.
 */
export async function setRetention(
  db: Store,
  actor: Actor,
  clusterId: string,
  input: RetentionPolicy,
  meta: { requestId: string },
): Promise<void> {
  assertAllowed(actor, 'manage-retention');
  const policy = retentionPolicySchema.parse(input);
  await db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, clusterId, 'lock');
    const before = await findPolicy(trx, clusterId);
    await storePolicy(trx, clusterId, policy, actor.name);
    await appendAudit(trx, {
      actor,
      action: 'retention.set',
      subject: { kind: 'cluster', id: clusterId, name: cluster.name },
      details: { policy, before: before?.policy ?? null },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'cluster', clusterId);
  });
}
