import { canRead, defaultLagMs, type ReadClass } from '@/lib/engine/can-read';
import type { Store } from '@/lib/store/db';
import type { TargetRow } from '@/lib/store/targets';

/**
 * Of a cluster's servers, those that reads of a class should go to, the best first: standbys that may serve them now
 * with the default limit, then the primary. A standby that is late, cut or not known is left out.
 */
export async function readersFirst(
  db: Store,
  rows: readonly TargetRow[],
  readClass: ReadClass,
  now: Date = new Date(),
): Promise<TargetRow[]> {
  const standbys = rows.filter(({ lastRole }) => lastRole === 'standby');
  const primaries = rows.filter(({ lastRole }) => lastRole === 'primary');
  if (standbys.length === 0) return primaries;
  const states = await db
    .selectFrom('standby_states as standby')
    .innerJoin('instances as instance', 'instance.id', 'standby.instance_id')
    .select(['standby.instance_id', 'standby.samples'])
    .where(
      'standby.instance_id',
      'in',
      standbys.map(({ instanceId }) => instanceId),
    )
    .where('instance.reachable', '=', true)
    .execute();
  const ready = standbys.filter(({ instanceId }) => {
    const samples = states.find((state) => state.instance_id === instanceId)?.samples ?? [];
    return canRead(samples, readClass, defaultLagMs, now.getTime()).ready;
  });
  return [...ready, ...primaries];
}
