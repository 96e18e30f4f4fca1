import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { instanceOrThrow } from '@/lib/commands/instances';
import type { ChangeHost } from '@/lib/contract/hosts';
import type { JsonObject } from '@/lib/engine/define-job';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { storeHostSettings } from '@/lib/store/hosts';
import { hintNow } from '@/lib/store/notify';
import { enqueue } from '@/lib/store/outbox';

/** Says where facts of a server's machine come from; it is looked at at once. Null forgets what was said before. */
export async function changeHost(
  db: Store,
  actor: Actor,
  instanceId: string,
  change: ChangeHost,
  meta: { requestId: string },
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, instanceId, 'lock');
    const typed = change.typed && Object.keys(change.typed).length > 0 ? change.typed : null;
    await storeHostSettings(trx, instanceId, { exporterUrl: change.exporterUrl, typed });
    await appendAudit(trx, {
      actor,
      action: 'instance.host',
      subject: { kind: 'instance', id: instanceId, name: instance.name },
      details: JSON.parse(JSON.stringify({ exporterUrl: change.exporterUrl, typed })) as JsonObject,
      requestId: meta.requestId,
    });
    if (instance.state === 'active')
      await enqueue(trx, { topic: 'collect', subjectId: instanceId, queue: instance.pool });
    await hintNow(trx, 'instance', instanceId);
  });
}
