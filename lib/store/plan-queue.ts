import type { ChoiceSource, JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { queueOfWorker } from '@/lib/store/outbox';
import { isWorkerAlive } from '@/lib/store/workers';

/** A worker that has not been heard of for so long is not waited for. */
const aliveWithinSeconds = 120;

/**
 * Which workers should plan: those of the instance's pool, or the one whose folder holds the backup that the input
 * names (the newest of the cluster when it names none).
 */
export async function queueForPlan(
  db: Store,
  of: {
    clusterId: string;
    instanceId: string | null;
    input: JsonObject;
    choices: Record<string, ChoiceSource | undefined>;
  },
): Promise<string> {
  const holder = await workerWithBackup(db, of);
  if (holder && (await isWorkerAlive(db, holder, aliveWithinSeconds))) return queueOfWorker(holder);
  let query = db
    .selectFrom('instances')
    .select('pool')
    .where('cluster_id', '=', of.clusterId)
    .where('state', '=', 'active')
    .orderBy('name');
  if (of.instanceId) query = query.where('id', '=', of.instanceId);
  return (await query.limit(1).executeTakeFirst())?.pool ?? 'default';
}

async function workerWithBackup(
  db: Store,
  of: { clusterId: string; input: JsonObject; choices: Record<string, ChoiceSource | undefined> },
): Promise<string | undefined> {
  const field = Object.entries(of.choices).find(([, source]) => source?.from === 'backups')?.[0];
  if (field === undefined) return undefined;
  const id = of.input[field];
  let query = db
    .selectFrom('backups')
    .select('worker_name as workerName')
    .where('cluster_id', '=', of.clusterId)
    .where('state', '=', 'ready');
  if (typeof id === 'string' && /^[0-9a-f-]{36}$/i.test(id)) query = query.where('id', '=', id);
  return (await query.orderBy('finished_at', 'desc').limit(1).executeTakeFirst())?.workerName;
}
