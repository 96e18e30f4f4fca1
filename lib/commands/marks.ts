import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { NewMark } from '@/lib/contract/changes';
import { appendAudit } from '@/lib/store/audit';
import { insertMark } from '@/lib/store/changes';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';

interface Meta {
  requestId: string;
  /** The header Idempotency-Key. */
  idempotencyKey?: string | undefined;
}

/** Further back nobody would look for it, and charts hold no more. */
const backAtMostMs = 31 * 86_400_000;

/**
 * Sets a mark on the charts of a cluster, or of all: a deploy, a switch, a load test. The same key sets it once.
 *
 * @throws PlumblineError `not-found` for the cluster; `bad-input` for a moment ahead or too far back.
 */
export async function setMark(
  db: Store,
  actor: Actor,
  input: NewMark,
  meta: Meta,
): Promise<{ id: string; at: string }> {
  const at = input.at ?? null;
  if (at !== null) {
    const aheadMs = Date.parse(at) - Date.now();
    // Clocks of build machines differ a little.
    if (aheadMs > 300_000 || aheadMs < -backAtMostMs) {
      throw new PlumblineError('bad-input', 'A mark is of the last 31 days, and not ahead.', {
        fields: { at: 'Between 31 days ago and now.' },
      });
    }
  }
  const clusterId = input.clusterId ?? null;
  const cluster = clusterId === null ? undefined : await findCluster(db, clusterId);
  if (clusterId !== null && !cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', { next: 'See the list of clusters.' });
  }
  return db.transaction().execute(async (trx) => {
    const key = meta.idempotencyKey ? `${actor.id}:${meta.idempotencyKey}` : null;
    const mark = { text: input.text, clusterId, at, byName: actor.name, idempotencyKey: key };
    const { isNew, ...stored } = await insertMark(trx, mark);
    if (isNew) {
      await appendAudit(trx, {
        actor,
        action: 'mark.set',
        subject: { kind: 'mark', id: stored.id, name: input.text },
        details: { clusterId, clusterName: cluster?.name ?? null },
        requestId: meta.requestId,
      });
    }
    return stored;
  });
}
