import type { WorkloadStatement } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { readStatements } from '@/lib/store/statement-totals';

/** Statements of one server that are looked at: the heaviest of the window. */
const perInstance = 200;

/**
 * The heaviest statements of a database on all servers of a cluster between two moments (ISO 8601), summed over
 * servers and users; those whose text is not known are left out.
 */
export async function readWorkload(
  db: Store,
  clusterId: string,
  window: { database: string; from: string; to: string; limit: number },
): Promise<WorkloadStatement[]> {
  const instances = await db
    .selectFrom('instances')
    .select('id')
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'active')
    .execute();
  const { from, to, database } = window;
  const answers = await Promise.all(
    instances.map(({ id }) =>
      readStatements(db, { instanceId: id, from, to, database, sort: 'time', limit: perInstance }),
    ),
  );
  const byQuery = new Map<string, WorkloadStatement>();
  // Each server's statements come with the most time first: the first user of a statement is the one that matters.
  for (const { queryid, username, text, calls, total_ms } of answers.flatMap(({ items }) => items)) {
    if (text === null) continue;
    const known = byQuery.get(queryid);
    if (known) {
      known.calls += calls;
      known.totalMs += total_ms;
    } else byQuery.set(queryid, { queryid, username, text, calls, totalMs: total_ms });
  }
  return [...byQuery.values()].sort((left, right) => right.totalMs - left.totalMs).slice(0, window.limit);
}
