import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { auditChannel, type ChannelMeta, channelOrThrow } from '@/lib/commands/channels';
import type { ChannelMessage } from '@/lib/contract/alerts';
import type { Store } from '@/lib/store/db';
import { insertDelivery, sendAgain } from '@/lib/store/deliveries';

/** Asks a worker to send a message of no meaning. @returns the delivery's id. */
export async function testChannel(
  db: Store,
  actor: Actor,
  id: string,
  meta: ChannelMeta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-channels');
  return db.transaction().execute(async (trx) => {
    const channel = await channelOrThrow(trx, id);
    const message: ChannelMessage = {
      title: `Test message, asked for by ${actor.name}`,
      lines: [],
      more: 0,
      consoleUrl: meta.consoleUrl,
    };
    const asked = { channelId: id, kind: 'test' as const, message, requestedByName: actor.name };
    const deliveryId = await insertDelivery(trx, asked);
    await auditChannel(trx, actor, 'channel.test', channel, { deliveryId }, meta);
    return { id: deliveryId };
  });
}

/**
 * Has a message that was given up, or that waits for its next attempt, sent now.
 *
 * @throws PlumblineError `conflict` when it was sent or is being sent.
 */
export async function retryDelivery(db: Store, actor: Actor, id: string, meta: ChannelMeta): Promise<void> {
  assertAllowed(actor, 'manage-channels');
  await db.transaction().execute(async (trx) => {
    const again = await sendAgain(trx, id);
    if (!again) {
      throw new PlumblineError('conflict', 'This message was sent, or is being sent.', {
        next: 'Reload the list of deliveries.',
      });
    }
    const channel = await channelOrThrow(trx, again.channelId);
    await auditChannel(trx, actor, 'channel.retry', channel, { deliveryId: id }, meta);
  });
}
