import type { Alert } from '@/lib/contract/alerts';
import { listAlerts } from '@/lib/store/alerts';
import { listChannels } from '@/lib/store/channels';
import type { Store } from '@/lib/store/db';

/** What somebody must hear of, with who was told; and how many channels there are to tell anybody. */
export async function alerts(
  db: Store,
  query: { open: boolean; limit: number },
): Promise<{ items: Alert[]; channels: number }> {
  const [items, channels] = await Promise.all([listAlerts(db, query), listChannels(db)]);
  return { items, channels: channels.filter(({ enabled }) => enabled).length };
}
