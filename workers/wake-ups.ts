import type { Log } from '@/lib/base/server/log';
import { linkQueue, type QueuedWork } from '@/lib/queue/queue-link';
import type { Store } from '@/lib/store/db';
import { listen } from '@/lib/store/listen';
import { wakeChannel } from '@/lib/store/notify';
import { takeFromOutbox } from '@/lib/store/outbox';

export interface WakeUpOptions {
  db: Store;
  databaseUrl: string;
  redisUrl: string | undefined;
  queues: readonly string[];
  onWork(work: QueuedWork): void;
  onCancel(runId: string): void;
  onCollect(instanceId: string): void;
  onLook(stanzaId: string): void;
  log: Log;
  /** How often the outbox is looked at without a NOTIFY; 2 s unless said. */
  pollMs?: number;
}

export interface WakeUps {
  /** How work reaches us at this moment. */
  state(): 'redis' | 'redis-lost' | 'listen';
  stop(): Promise<void>;
}

const batch = 50;

/**
 * Brings work to this worker: NOTIFY or a look every two seconds finds new outbox rows, which go to BullMQ for whoever
 * is free; without Redis they are taken here directly.
 */
export function startWakeUps(options: WakeUpOptions): WakeUps {
  const { db, log, queues, redisUrl, onWork } = options;
  const link = redisUrl ? linkQueue({ redisUrl, queues, onWork, log }) : undefined;
  let relaying: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const relayOnce = async () => {
    for (;;) {
      const throughRedis = link?.isConnected() === true;
      const taken: QueuedWork[] = [];
      const count = await takeFromOutbox(db, queues, batch, async (items) => {
        if (throughRedis) await link.add(items);
        else for (const item of items) taken.push({ topic: item.topic, id: item.subjectId });
      });
      for (const work of taken) onWork(work);
      if (count < batch || stopped) return;
    }
  };
  const relay = () => {
    if (stopped) return;
    if (relaying) {
      again = true;
      return;
    }
    relaying = relayOnce()
      .catch((error) => log.warn({ err: error }, 'the outbox could not be relayed'))
      .finally(() => {
        relaying = undefined;
        if (again) {
          again = false;
          relay();
        }
      });
  };

  const onMessage = (_channel: string, payload: string) => {
    if (payload === 'outbox') relay();
    else if (payload.startsWith('cancel:')) options.onCancel(payload.slice('cancel:'.length));
    else if (payload.startsWith('collect:')) options.onCollect(payload.slice('collect:'.length));
    else if (payload.startsWith('look:')) options.onLook(payload.slice('look:'.length));
  };
  const listener = listen(options.databaseUrl, [wakeChannel], onMessage, relay);
  const timer = setInterval(relay, options.pollMs ?? 2_000);

  return {
    state: () => (!redisUrl ? 'listen' : link?.isConnected() ? 'redis' : 'redis-lost'),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await listener.stop();
      await relaying;
      await link?.stop();
    },
  };
}
