import { setTimeout as wait } from 'node:timers/promises';
import { PlumblineError } from '@/lib/base/errors';
import type { Session, StepContext } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import type { DdlUnit } from '@/lib/procedures/partition-ddl';
import { unitPreamble } from '@/lib/procedures/partition-ddl';

/** How long one statement may wait for its lock: everybody who comes after it waits as well. */
export const lockTimeoutMs = 2_000;
const attempts = 8;
const longestPauseMs = 5_000;
const shortDeadlineMs = 60_000;
const longDeadlineMs = 6 * 3600_000;

/** A lock that was not to be had in time, or a deadlock with somebody: trying again is right. */
function isLockTrouble(error: unknown): boolean {
  return error instanceof InstanceError && (error.sqlState === '55P03' || error.sqlState === '40P01');
}

/**
 * Runs one transaction of DDL as the owner. When a lock is not to be had it lets go, waits, longer each time, and
 * tries again.
 *
 * @throws PlumblineError `timed-out` after the last attempt, with who to look for; anything else as it comes.
 */
export async function inOwnersTransaction<T>(
  ctx: StepContext,
  session: Session,
  options: { owner: string; what: string },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    ctx.signal.throwIfAborted();
    try {
      await session.query('begin');
      for (const statement of unitPreamble(options.owner, lockTimeoutMs)) await session.query(statement);
      const result = await work();
      await session.query('commit');
      return result;
    } catch (error) {
      await session.query('rollback').catch(() => {});
      if (!isLockTrouble(error)) throw error;
      if (attempt === attempts) {
        throw new PlumblineError('timed-out', `${options.what}: no lock within ${attempts} attempts.`, {
          next: 'See which session holds the table under Locks, and run it again when that is over.',
          cause: error,
        });
      }
      ctx.log('warn', `${options.what}: the lock was not to be had, attempt ${attempt} of ${attempts}.`);
      await wait(Math.min(longestPauseMs, 250 * 2 ** attempt), undefined, { signal: ctx.signal }).catch(
        (cause) => {
          throw new PlumblineError('cancelled', 'The work was cancelled between two attempts.', { cause });
        },
      );
    }
  }
}

export function runUnit(ctx: StepContext, session: Session, owner: string, unit: DdlUnit): Promise<void> {
  return inOwnersTransaction(ctx, session, { owner, what: unit.what }, async () => {
    const deadlineMs = unit.isLong ? longDeadlineMs : shortDeadlineMs;
    for (const statement of unit.statements) await session.query(statement, [], { deadlineMs });
  });
}
