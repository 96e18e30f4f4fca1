import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Log } from '@/lib/base/server/log';
import type { OutboxItem } from '@/lib/store/outbox';

/** All that a job may say. Anything else in Redis is not from us and is refused. */
const jobSchema = z.object({ topic: z.enum(['plan', 'run', 'collect', 'test']), id: z.uuid() });
export type QueuedWork = z.infer<typeof jobSchema>;

export interface QueueLinkOptions {
  redisUrl: string;
  /** As the outbox names them. */
  queues: readonly string[];
  /** Called for each job; quick, since a job only wakes. */
  onWork(work: QueuedWork): void;
  log: Log;
  /** Between attempts to reach Redis. */
  retryMs?: number;
}

export interface QueueLink {
  isConnected(): boolean;
  /** @throws when Redis does not take them: the caller keeps them in the outbox. */
  add(items: readonly OutboxItem[]): Promise<void>;
  stop(): Promise<void>;
}

const commandTimeoutMs = 2_000;

/** Names in Redis may not hold a colon; a worker's name is free text. */
export function redisQueueName(queue: string): string {
  return `plumbline-${queue.replaceAll(/[^A-Za-z0-9._-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}`)}`;
}

/**
 * A link to BullMQ that may come and go. Redis only wakes: each job is tried once (`attempts`, `maxStartedAttempts` 1,
 * `maxStalledCount` 0), and what is lost with Redis is found in PostgreSQL by the reconciler. While Redis is away
 * nothing here hangs, and a new link is tried every `retryMs`.
 */
export function linkQueue(options: QueueLinkOptions): QueueLink {
  const { log, retryMs = 2_000 } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let link: Linked | undefined;

  const lose = () => {
    if (!link || stopped) return;
    log.warn('Redis is away; work is found by listening and polling');
    void link.close();
    link = undefined;
    again();
  };
  const connect = async () => {
    try {
      link = await openLink(options, lose);
      if (stopped) await link.close();
      else log.info('Redis is connected');
    } catch (error) {
      log.debug({ err: error }, 'Redis cannot be reached');
      again();
    }
  };
  const again = () => {
    if (!stopped) timer = setTimeout(() => void connect(), retryMs);
  };
  void connect();

  return {
    isConnected: () => link !== undefined,
    add: async (items) => {
      if (!link) throw new Error('Redis is away');
      try {
        await link.add(items);
      } catch (error) {
        // It is connected but does not answer: better none than one that swallows.
        lose();
        throw error;
      }
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      const last = link;
      link = undefined;
      await last?.close();
    },
  };
}

interface Linked {
  add(items: readonly OutboxItem[]): Promise<void>;
  close(): Promise<void>;
}

async function openLink(options: QueueLinkOptions, onLost: () => void): Promise<Linked> {
  const { log, onWork } = options;
  const open = (commandTimeout?: number) => {
    const client = new Redis(options.redisUrl, {
      lazyConnect: true,
      connectTimeout: commandTimeoutMs,
      commandTimeout,
      maxRetriesPerRequest: null,
      // A command to a dead Redis fails at once instead of waiting for it.
      enableOfflineQueue: false,
      retryStrategy: () => null,
    });
    client.on('error', (error) => log.debug({ err: error }, 'Redis'));
    return client;
  };
  const clients: Redis[] = [];
  const parts: { close(force?: boolean): Promise<unknown> }[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      const ended = Promise.allSettled(parts.map((part) => part.close(true)));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, commandTimeoutMs))]);
      for (const client of clients) client.disconnect();
    })();
    return closing;
  };
  try {
    const producer = open(commandTimeoutMs);
    clients.push(producer);
    await producer.connect();
    const lost = () => {
      if (!closing) onLost();
    };
    producer.once('close', lost);
    const queues = new Map<string, Queue>();
    for (const name of options.queues) {
      const queue = new Queue(redisQueueName(name), { connection: producer, skipWaitingForReady: true });
      queue.on('error', (error) => log.debug({ err: error }, 'queue'));
      parts.push(queue);
      queues.set(name, queue);
      const consumer = open();
      clients.push(consumer);
      await consumer.connect();
      consumer.once('close', lost);
      const worker = new Worker(
        redisQueueName(name),
        async (job) => {
          const work = jobSchema.safeParse(job.data);
          if (work.success) onWork(work.data);
          else log.warn({ job: job.id }, 'a job in Redis is not of our shape; it is refused');
        },
        {
          connection: consumer,
          concurrency: 4,
          maxStalledCount: 0,
          maxStartedAttempts: 1,
          removeOnComplete: { age: 3600, count: 1000 },
          removeOnFail: { age: 3600, count: 1000 },
        },
      );
      worker.on('error', (error) => log.debug({ err: error }, 'queue worker'));
      parts.unshift(worker);
    }
    return {
      add: async (items) => {
        for (const item of items) {
          const queue = queues.get(item.queue);
          const data: QueuedWork = { topic: item.topic, id: item.subjectId };
          await queue?.add(item.topic, data, { jobId: `outbox-${item.id}`, attempts: 1 });
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
