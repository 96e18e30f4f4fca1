import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { copy } from '@/lib/queries/copies';
import { appendAudit } from '@/lib/store/audit';
import { beginClosing, extendCopy } from '@/lib/store/copies';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

interface Meta {
  requestId: string;
}

const notOpen = () =>
  new PlumblineError('conflict', 'This copy is not open any more.', {
    next: 'Open another one at the same moment, from the cluster’s restore page.',
  });

/** Lets a copy stay for so many hours from now. @throws PlumblineError `not-found`; `conflict` when it is closed. */
export async function keepCopy(
  db: Store,
  actor: Actor,
  id: string,
  hours: number,
  meta: Meta,
): Promise<{ expiresAt: string }> {
  return db.transaction().execute(async (trx) => {
    const before = await copy(trx, id);
    const expiresAt = await extendCopy(trx, id, hours);
    if (expiresAt === undefined) throw notOpen();
    await appendAudit(trx, {
      actor,
      action: 'copy.keep',
      subject: { kind: 'copy', id, name: before.cluster.name },
      details: { hours, before: before.expiresAt, after: expiresAt },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'run', id);
    return { expiresAt };
  });
}

/**
 * Closes a copy: its worker stops the server and removes the files within seconds.
 *
 * @throws PlumblineError `not-found`; `conflict` when it is closed.
 */
export async function closeCopy(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const before = await copy(trx, id);
    if (!(await beginClosing(trx, id))) throw notOpen();
    await appendAudit(trx, {
      actor,
      action: 'copy.close',
      subject: { kind: 'copy', id, name: before.cluster.name },
      details: { openedAt: before.openedAt, workerName: before.workerName },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'run', id);
  });
}
