import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { KeyPair } from '@/lib/secrets/key-file';
import { settleAlerts } from '@/lib/store/alerts';
import type { Store } from '@/lib/store/db';
import { type AttemptEnd, endAttempt, type TakenDelivery, takeDeliveries } from '@/lib/store/deliveries';
import { whileAlone } from '@/lib/store/while-alone';
import { composeMessages } from '@/workers/notifier/compose';
import { type Known, presentConditions } from '@/workers/notifier/conditions';
import { sendDelivery } from '@/workers/notifier/send';

export interface WordOptions {
  db: Store;
  keyPair: KeyPair;
  log: Log;
  known: Known;
  /** `host:port` of webhook receivers that may be on a worker's machine or link. */
  trustedWebhooks?: readonly string[];
  /** Seconds between two looks. */
  everySeconds?: number;
  /** What comes within so many seconds is one message. */
  groupSeconds?: number;
  /** Of one attempt, all of it. */
  deadlineMs?: number;
  /** The first wait after a failed attempt; it doubles each time. */
  backOffSeconds?: number;
  attemptsAtMost?: number;
  /** How late a schedule may be. */
  graceSeconds?: number;
  mailCa?: string;
  /** For tests: ends the worker after an attempt had its effect and before that was written down. */
  failpoint?: () => void;
}

/** One look at a time over all workers: the key is an arbitrary number of ours. */
const lockKey = 7_415_218;
const sendingAtOnce = 8;
const longestWaitSeconds = 3600;

/**
 * Brings word of what is wrong to people outside. One worker at a time looks what is so, opens and closes alerts, and
 * puts messages together; each message is sent by whoever takes it, channels beside each other, so that a dead one
 * holds nobody up. A message is sent at least once and always has the same id.
 */
export function startWord(options: WordOptions): { look(): Promise<void>; stop(): Promise<void> } {
  const { db, log, known } = options;
  const stopping = new AbortController();
  const sending = new Map<string, Promise<void>>();
  let isAway = false;

  const send = async (delivery: TakenDelivery): Promise<void> => {
    const end = await attempt(delivery, options, stopping.signal);
    options.failpoint?.();
    const { id, channelId } = delivery;
    await endAttempt(db, { id, attempt: delivery.attempt, channelId }, end);
    if ('error' in end)
      log.warn({ channel: channelId, delivery: id }, `a message did not go out: ${end.error}`);
  };

  const sendDue = async (): Promise<void> => {
    const free = sendingAtOnce - sending.size;
    if (free <= 0) return;
    const leaseSeconds = (options.deadlineMs ?? 20_000) / 1000 + 40;
    const taken = await takeDeliveries(db, { leaseSeconds, limit: free, busy: [...sending.keys()] });
    for (const delivery of taken) {
      const { channelId } = delivery;
      const work = send(delivery)
        .catch((error) => log.warn({ err: error }, 'how a message went could not be written down'))
        .finally(() => sending.delete(channelId));
      sending.set(channelId, work);
    }
  };

  const look = async (): Promise<void> => {
    try {
      await whileAlone(db, lockKey, async () => {
        await settleAlerts(db, await presentConditions(db, known, options.graceSeconds));
        await composeMessages(db, { groupSeconds: options.groupSeconds ?? 15 });
      });
      await sendDue();
      isAway = false;
    } catch (error) {
      if (!isAway && !stopping.signal.aborted) log.warn({ err: error }, 'word of what is wrong has to wait');
      isAway = true;
    }
  };

  let wake: () => void = () => undefined;
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      if (stopping.signal.aborted) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, (options.everySeconds ?? 5) * 1000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    look,
    stop: async () => {
      stopping.abort();
      wake();
      await loop;
      await Promise.all(sending.values());
    },
  };
}

/** One attempt and what comes of it. */
async function attempt(
  delivery: TakenDelivery,
  options: WordOptions,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  try {
    await sendDelivery(delivery, {
      ...options,
      deadlineMs: options.deadlineMs ?? 20_000,
      trustedWebhooks: options.trustedWebhooks ?? [],
      signal,
    });
    return { sent: true };
  } catch (error) {
    if (signal.aborted) return { error: 'The worker stopped in the middle of it.', againSeconds: 0 };
    const isFinal = error instanceof PlumblineError && ['bad-input', 'conflict'].includes(error.code);
    const isLast = delivery.attempt >= (options.attemptsAtMost ?? 12);
    const next = error instanceof PlumblineError && error.next ? ` ${error.next}` : '';
    const doubled = (options.backOffSeconds ?? 10) * 2 ** Math.min(delivery.attempt - 1, 20);
    // Not all at the same second when a mail server comes back.
    const againSeconds = Math.min(doubled, longestWaitSeconds) * (0.75 + Math.random() / 2);
    return { error: `${messageOf(error)}${next}`, againSeconds: isFinal || isLast ? null : againSeconds };
  }
}
