import { messageOfAlerts, wordNow } from '@/lib/engine/alert-rules';
import { type Untold, untoldTo } from '@/lib/store/alerts';
import { type ChannelRow, listChannels } from '@/lib/store/channels';
import type { Store } from '@/lib/store/db';
import { channelLoad, insertDelivery } from '@/lib/store/deliveries';

/**
 * Puts what each channel has not heard yet into one message of it. What comes together is waited for some seconds;
 * while a message is on its way, or the hour is full, the rest gathers for the next.
 */
export async function composeMessages(
  db: Store,
  options: { groupSeconds: number; now?: Date },
): Promise<number> {
  let made = 0;
  for (const channel of await listChannels(db)) {
    if (channel.enabled && (await composeFor(db, channel, options))) made += 1;
  }
  return made;
}

async function composeFor(
  db: Store,
  channel: ChannelRow,
  { groupSeconds, now = new Date() }: { groupSeconds: number; now?: Date },
): Promise<boolean> {
  const untold = await untoldTo(db, channel.id);
  const due = untold.filter((alert) => wordNow(alert, channel.rules, now) === 'now');
  if (due.length === 0) return false;
  const isUrgent = due.some(({ subject }) => subject === 'break-glass');
  if (!isUrgent && due.every(({ seconds }) => seconds < groupSeconds)) return false;
  const load = await channelLoad(db, channel.id);
  if (load.onItsWay && !isUrgent) return false;
  if (load.inLastHour >= channel.rules.perHour && !isUrgent) return false;
  const message = messageOfAlerts(
    due.map((alert) => lineOf(alert, channel.console_url)),
    channel.console_url,
  );
  await db
    .transaction()
    .execute((trx) => insertDelivery(trx, { channelId: channel.id, kind: 'alerts', message, tells: due }));
  return true;
}

function lineOf(alert: Untold, consoleUrl: string) {
  const { id, phase, subject, level, title, sentence, next, openedAt, closedAt } = alert;
  return {
    ...{ id, phase, subject, level, title, sentence, next, openedAt },
    closedAt: phase === 'resolved' ? closedAt : null,
    cluster: alert.clusterName,
    url: `${consoleUrl}${alert.path}`,
  };
}
