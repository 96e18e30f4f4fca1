import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { clusterOrThrow } from '@/lib/commands/clusters';
import { type Objectives, objectivesSchema } from '@/lib/contract/recovery';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hintNow, wake } from '@/lib/store/notify';
import { setObjectives } from '@/lib/store/objectives';
import { stanzaOfCluster } from '@/lib/store/stanzas';

/** Sets how long a restore of a cluster may take and how much it may lose. @throws PlumblineError `not-found` */
export async function changeObjectives(
  db: Store,
  actor: Actor,
  clusterId: string,
  input: Objectives,
  meta: { requestId: string },
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  const objectives = objectivesSchema.parse(input);
  await db.transaction().execute(async (trx) => {
    const before = await clusterOrThrow(trx, clusterId, 'lock');
    await setObjectives(trx, clusterId, objectives);
    await appendAudit(trx, {
      actor,
      action: 'cluster.objectives',
      subject: { kind: 'cluster', id: clusterId, name: before.name },
      details: {
        before: { rtoSeconds: before.rto_seconds, rpoSeconds: before.rpo_seconds },
        after: { ...objectives },
      },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'cluster', clusterId);
  });
}

/** Asks the worker of a cluster’s stanza to look at its repositories now. @throws PlumblineError `not-found` */
export async function lookNow(db: Store, actor: Actor, clusterId: string): Promise<void> {
  assertAllowed(actor, 'cancel-run');
  const stanza = await stanzaOfCluster(db, clusterId);
  if (!stanza) {
    throw new PlumblineError('not-found', 'This cluster has no stanza.', {
      next: 'Set up archiving first.',
    });
  }
  await wake(db, `look:${stanza.id}`);
}
