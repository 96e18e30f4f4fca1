import type { ConsoleDumps } from '@/lib/contract/console-dumps';
import { listConsoleDumps, consoleDumpMaxAgeSeconds as maxAgeSeconds } from '@/lib/store/console-dumps';
import type { Store } from '@/lib/store/db';

const shown = 30;

/** How well the console itself is saved: its tries, the newest first, and what to think of them. */
export async function consoleDumps(db: Store, now: Date = new Date()): Promise<ConsoleDumps> {
  const items = await listConsoleDumps(db, shown);
  const newestGood = items.find(({ state }) => state === 'ready') ?? null;
  const isOld = newestGood && now.getTime() - Date.parse(newestGood.finishedAt) > maxAgeSeconds * 1000;
  const verdict = !newestGood ? 'none' : isOld ? 'old' : items[0]?.state === 'failed' ? 'failed' : 'ok';
  return { verdict, maxAgeSeconds, newestGood, items };
}
