import { PlumblineError } from '@/lib/base/errors';
import { isDatabaseAway } from '@/lib/store/database-away';
import type { Hold } from '@/workers/runner/hold';

const retryMs = 200;

/**
 * Writes what has happened, again and again while our database is away: a finished effect must be recorded if at all
 * possible. Ends with `lease-lost` when the hold is lost meanwhile.
 */
export async function persist<T>(hold: Hold, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      hold.check();
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

export function isLeaseLost(error: unknown): boolean {
  return error instanceof PlumblineError && error.code === 'lease-lost';
}
