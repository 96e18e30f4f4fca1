import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What a page may be told to look at again. A hint carries ids only; data comes by query. */
export type HintTopic =
  | 'instance'
  | 'run'
  | 'plan'
  | 'worker'
  | 'scorecard'
  | 'cluster'
  | 'test'
  | 'change'
  | 'schedule'
  | 'alert';
export interface Hint {
  topic: HintTopic;
  id: string;
}

export const eventsChannel = 'plumbline_events';
export const wakeChannel = 'plumbline_wake';

/** What a worker may be told: look into the outbox, cancel a run, collect an instance or look at a stanza now. */
export type Wake = 'outbox' | `cancel:${string}` | `collect:${string}` | `look:${string}`;

// NOTIFY takes less than 8000 bytes (manual: NOTIFY); a hint is some 70.
const hintsPerMessage = 80;
const hintsKept = 2000;

/** Wakes workers when the transaction commits, and not when it is rolled back. */
export async function wake(db: Store, what: Wake): Promise<void> {
  await sql`select pg_notify(${wakeChannel}, ${what})`.execute(db);
}

/** Tells pages at once, with the commit of this transaction: for what a person just did. */
export async function hintNow(db: Store, topic: HintTopic, id: string): Promise<void> {
  await sql`select pg_notify(${eventsChannel}, ${JSON.stringify([{ topic, id }])})`.execute(db);
}

export interface Notifier {
  hint(topic: HintTopic, id: string): void;
  /** Sends what is waiting now. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Collects hints to pages and sends them at most once per `everyMs`, each once. While our database is away they
 * are kept (some thousands) and sent after it.
 */
export function createNotifier(db: Store, everyMs = 250): Notifier {
  let waiting = new Map<string, Hint>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const hints = [...waiting.values()];
    waiting = new Map();
    try {
      for (let from = 0; from < hints.length; from += hintsPerMessage) {
        const text = JSON.stringify(hints.slice(from, from + hintsPerMessage));
        await sql`select pg_notify(${eventsChannel}, ${text})`.execute(db);
      }
    } catch {
      // A hint that came meanwhile counts for the same; the next timer sends both.
      for (const hint of hints) keep(hint);
    }
  };
  const keep = (hint: Hint) => {
    if (waiting.size < hintsKept) waiting.set(`${hint.topic} ${hint.id}`, hint);
    if (!stopped) timer ??= setTimeout(() => void flush(), everyMs);
  };
  return {
    hint: (topic, id) => keep({ topic, id }),
    flush,
    stop: async () => {
      stopped = true;
      await flush();
      clearTimeout(timer);
    },
  };
}
