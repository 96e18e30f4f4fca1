import { readdirSync } from 'node:fs';
import type { LastKnown, PlanContext } from '@/lib/engine/define-job';
import type { RecoveryTarget } from '@/lib/procedures/recovery-target';

/** What may lose less than this restore: a standby that is up, and WAL that never came into the archive. */
export function betterThanRestore(ctx: PlanContext, last: LastKnown, dataDirectory: string | null): string[] {
  const said = last.others
    .filter(({ role, answers }) => role === 'standby' && answers)
    .map(
      ({ name }) =>
        `The standby ${name} answers: to promote it loses less than any restore, as a rule. Look there first.`,
    );
  if (ctx.target.isReachable !== false || dataDirectory === null) return said;
  const waiting = notArchived(dataDirectory);
  if (waiting === undefined) {
    said.push(`${dataDirectory} is not there any more: nothing later than the archive can be had from it.`);
  } else if (waiting > 0) {
    said.push(
      `${waiting} segments in ${dataDirectory}/pg_wal were never archived: if that server can start once more, they are not lost.`,
    );
  }
  return said;
}

/** How many segments wait for the archiver in a data directory; undefined where it is not there. */
function notArchived(dataDirectory: string): number | undefined {
  try {
    return readdirSync(`${dataDirectory}/pg_wal/archive_status`).filter((name) => name.endsWith('.ready'))
      .length;
  } catch {
    return undefined;
  }
}

/** The moment of the last change that this target brings back; null where only the repository knows. */
export function savedUntil(target: RecoveryTarget, last: LastKnown): string | null {
  if (target.type === 'time') return target.at;
  return target.type === 'latest' ? last.reachableUntil : null;
}
