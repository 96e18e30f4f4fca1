import { PlumblineError } from '@/lib/base/errors';
import type { Channel, ChannelDetail } from '@/lib/contract/channels';
import { type ChannelRow, findChannel, listChannels } from '@/lib/store/channels';
import type { Store } from '@/lib/store/db';
import { deliveriesOf } from '@/lib/store/deliveries';
import { secretNames } from '@/lib/store/sealed-secrets';

/** Channels with how their last message went; never a secret. */
export async function channels(db: Store): Promise<{ items: Channel[] }> {
  const rows = await listChannels(db);
  return { items: await Promise.all(rows.map((row) => channelView(db, row))) };
}

const shownDeliveries = 100;

/** One channel with its newest messages. @throws PlumblineError `not-found` */
export async function channel(db: Store, id: string): Promise<ChannelDetail> {
  const row = await findChannel(db, id);
  if (!row) {
    throw new PlumblineError('not-found', 'There is no such channel.', { next: 'See the list of channels.' });
  }
  return { ...(await channelView(db, row)), deliveries: await deliveriesOf(db, id, shownDeliveries) };
}

async function channelView(db: Store, row: ChannelRow): Promise<Channel> {
  const [secrets, [last]] = await Promise.all([
    secretNames(db, { subjectKind: 'channel', subjectId: row.id }),
    deliveriesOf(db, row.id, 1),
  ]);
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    settings: row.settings,
    rules: row.rules,
    enabled: row.enabled,
    createdByName: row.created_by_name,
    createdAt: row.created_at,
    hasSecret: secrets.length > 0,
    last: last
      ? { state: last.state, lastError: last.lastError, createdAt: last.createdAt, sentAt: last.sentAt }
      : null,
  };
}
