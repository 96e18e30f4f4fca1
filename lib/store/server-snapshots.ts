import { sql } from 'kysely';
import type { ServerSnapshot } from '@/lib/engine/server-changes';
import type { Store } from '@/lib/store/db';

export interface StoredServer {
  content: ServerSnapshot;
  observedAt: string;
}

/** The last that was stored of a server, held until the transaction ends; undefined before the first look. */
export async function lockServerSnapshot(db: Store, instanceId: string): Promise<StoredServer | undefined> {
  const { rows } = await sql<StoredServer>`
    select content, observed_at as "observedAt"
    from server_snapshots
    where instance_id = ${instanceId}
    for update`.execute(db);
  return rows[0];
}

export async function putServerSnapshot(
  db: Store,
  instanceId: string,
  content: ServerSnapshot,
  at: string,
): Promise<void> {
  await db
    .insertInto('server_snapshots')
    .values({ instance_id: instanceId, content: JSON.stringify(content), observed_at: at })
    .onConflict((conflict) =>
      conflict.column('instance_id').doUpdateSet({ content: JSON.stringify(content), observed_at: at }),
    )
    .execute();
}

/** The cluster that an instance belongs to now. */
export async function clusterIdOf(db: Store, instanceId: string): Promise<string> {
  const row = await db
    .selectFrom('instances')
    .select('cluster_id')
    .where('id', '=', instanceId)
    .executeTakeFirstOrThrow();
  return row.cluster_id;
}
