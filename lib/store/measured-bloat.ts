import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

/** How many measurements are looked through: of several databases, each with those before it. */
const atMost = 40;

/** What runs measured of dead space in a cluster, newest first: the facts of their evidence. */
export async function measuredBloat(
  db: Store,
  clusterId: string,
  /** Of this one alone. */
  database?: string,
): Promise<{ database: string; at: string; facts: JsonObject }[]> {
  const rows = await db
    .selectFrom('evidence')
    .select(['database', 'observed_at', 'facts'])
    .where('cluster_id', '=', clusterId)
    .where('type', '=', 'measured-bloat')
    .where((where) =>
      database === undefined ? where('database', 'is not', null) : where('database', '=', database),
    )
    .orderBy('observed_at', 'desc')
    .limit(atMost)
    .execute();
  return rows.map((row) => ({ database: row.database ?? '', at: row.observed_at, facts: row.facts }));
}
