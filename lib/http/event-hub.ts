import { z } from 'zod';
import { listen } from '@/lib/store/listen';
import { eventsChannel } from '@/lib/store/notify';

const hintsSchema = z.array(z.object({ topic: z.string(), id: z.string() }));

/** What every client gets when hints may have been lost: it asks for everything that it shows. */
export const resyncEvent = 'event: resync\ndata: {}\n\n';

/** A part of an event stream, ready to send. */
export type Listener = (text: string) => void;

export interface EventHub {
  /** Adds a client; the first one opens the connection. The answer removes it. */
  subscribe(listener: Listener): () => void;
  /** How many clients there are. */
  size(): number;
  stop(): Promise<void>;
}

/**
 * Hints of the whole console from one LISTEN connection, encoded once and handed to all clients. It connects with
 * the first client and hangs up after the last.
 */
export function createEventHub(url: string): EventHub {
  const listeners = new Set<Listener>();
  let connection: { stop(): Promise<void> } | undefined;
  const send = (text: string) => {
    for (const listener of listeners) listener(text);
  };
  const hangUp = async () => {
    const open = connection;
    connection = undefined;
    await open?.stop();
  };
  return {
    subscribe(listener) {
      listeners.add(listener);
      connection ??= listen(
        url,
        [eventsChannel],
        (_channel, payload) => send(encodeHints(payload)),
        () => send(resyncEvent),
      );
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) void hangUp();
      };
    },
    size: () => listeners.size,
    stop: async () => {
      listeners.clear();
      await hangUp();
    },
  };
}

/** One server-sent event per hint; what is not a list of hints was not sent by us and is dropped. */
export function encodeHints(payload: string): string {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return '';
  }
  const hints = hintsSchema.safeParse(json);
  if (!hints.success) return '';
  return hints.data.map(({ topic, id }) => `data: ${JSON.stringify({ topic, id })}\n\n`).join('');
}
