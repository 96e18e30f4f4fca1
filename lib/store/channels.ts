import { type Selectable, sql } from 'kysely';
import type { ChannelRules, ChannelSettings } from '@/lib/contract/channels';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import type { Database } from '@/lib/store/schema';

export type ChannelRow = Selectable<Database['channels']>;

/** Channels that were not removed, by name. */
export function listChannels(db: Store): Promise<ChannelRow[]> {
  return db.selectFrom('channels').selectAll().where('removed_at', 'is', null).orderBy('name').execute();
}

/** One channel that was not removed. `lock` holds the row until the transaction ends. */
export function findChannel(db: Store, id: string, lock?: 'lock'): Promise<ChannelRow | undefined> {
  const query = db.selectFrom('channels').selectAll().where('id', '=', id).where('removed_at', 'is', null);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** Whether another channel has this name, in any case. */
export async function channelNameTaken(db: Store, name: string, exceptId?: string): Promise<boolean> {
  let query = db
    .selectFrom('channels')
    .select('id')
    .where(sql<string>`lower(name)`, '=', name.toLowerCase())
    .where('removed_at', 'is', null);
  if (exceptId) query = query.where('id', '<>', exceptId);
  return (await query.executeTakeFirst()) !== undefined;
}

export async function insertChannel(
  trx: Store,
  channel: {
    id: string;
    name: string;
    type: 'email' | 'webhook';
    settings: ChannelSettings;
    rules: ChannelRules;
    consoleUrl: string;
    createdByName: string;
  },
): Promise<void> {
  await trx
    .insertInto('channels')
    .values({
      id: channel.id,
      name: channel.name,
      type: channel.type,
      settings: JSON.stringify(channel.settings),
      rules: JSON.stringify(channel.rules),
      console_url: channel.consoleUrl,
      created_by_name: channel.createdByName,
    })
    .execute();
  await hintNow(trx, 'alert', channel.id);
}

export async function updateChannel(
  trx: Store,
  id: string,
  change: {
    name?: string | undefined;
    settings?: ChannelSettings | undefined;
    rules?: ChannelRules | undefined;
    enabled?: boolean | undefined;
    consoleUrl?: string;
    removed?: true;
  },
): Promise<void> {
  await trx
    .updateTable('channels')
    .set({
      ...(change.name !== undefined && { name: change.name }),
      ...(change.settings && { settings: JSON.stringify(change.settings) }),
      ...(change.rules && { rules: JSON.stringify(change.rules) }),
      ...(change.enabled !== undefined && { enabled: change.enabled }),
      ...(change.consoleUrl !== undefined && { console_url: change.consoleUrl }),
      ...(change.removed && { removed_at: sql<string>`clock_timestamp()` }),
      updated_at: sql<string>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .execute();
  await hintNow(trx, 'alert', id);
}
