import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** Notes that the server answered just now, with the role and timeline that it has. */
export async function recordAlive(
  db: Store,
  instanceId: string,
  seen: { role: 'primary' | 'standby'; timeline: number },
): Promise<void> {
  await db
    .updateTable('instances')
    .set({
      role: seen.role,
      timeline: seen.timeline,
      reachable: true,
      last_error: null,
      last_seen_at: sql`clock_timestamp()`,
    })
    .where('id', '=', instanceId)
    .execute();
}

/** Notes why the server can't be watched; when it was last seen stays. */
export async function recordUnreachable(db: Store, instanceId: string, error: string): Promise<void> {
  await db
    .updateTable('instances')
    .set({ reachable: false, last_error: error })
    .where('id', '=', instanceId)
    .execute();
}

/** The first server of a cluster that is seen says which cluster it is; later ones are compared with it. */
export async function recordClusterIdentity(
  db: Store,
  clusterId: string,
  systemIdentifier: string,
): Promise<void> {
  await db
    .updateTable('clusters')
    .set({ system_identifier: systemIdentifier })
    .where('id', '=', clusterId)
    .where('system_identifier', 'is', null)
    .execute();
}
