import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { planJob } from '@/lib/commands/plans';
import type { NewRead } from '@/lib/contract/reads';
import { jobOrThrow } from '@/lib/queries/jobs';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';

/**
 * Asks a kind that only reads about one server. The worker that plans it starts it too, without a second word of
 * anybody; the answer comes by `read`.
 *
 * @throws PlumblineError `bad-input` for a kind that does more than read; `not-found`; `not-allowed`.
 */
export async function askRead(
  db: Store,
  actor: Actor,
  input: NewRead,
  meta: { requestId: string },
): Promise<{ id: string }> {
  if (jobOrThrow(input.kind).risk !== 'read') {
    throw new PlumblineError('bad-input', `${input.kind} does more than read.`, {
      next: 'Plan it, look at the plan, then start it.',
    });
  }
  const instance = await findInstance(db, input.instanceId);
  if (!instance) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  return planJob(db, actor, { ...input, clusterId: instance.cluster_id }, meta);
}
