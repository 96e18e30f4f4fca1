import { createEventHub, type EventHub } from '@/lib/http/event-hub';
import { webEnv } from '@/lib/http/web-store';

// Next loads a module once per layer; the connection is one per process all the same.
const holder = globalThis as typeof globalThis & { plumblineEventHub?: EventHub };

/** The web process's one hub of hints. */
export function webEventHub(): EventHub {
  holder.plumblineEventHub ??= createEventHub(webEnv().DATABASE_URL);
  return holder.plumblineEventHub;
}
