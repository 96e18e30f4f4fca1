import { sql } from 'kysely';
import type { ChoiceSource, JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { queueOfWorker } from '@/lib/store/outbox';
import { isWorkerAlive } from '@/lib/store/workers';

/** A worker that has not been heard of for so long is not waited for. */
const aliveWithinSeconds = 120;

/**
 * Which workers should plan: those of the instance's pool, or the one whose folder holds the backup or the copy that
 * the input names (the newest backup of the cluster when it names none), or that runs beside the server.
 */
export async function queueForPlan(
  db: Store,
  of: {
    clusterId: string;
    instanceId: string | null;
    input: JsonObject;
    choices: Record<string, ChoiceSource | undefined>;
    where?: 'host' | 'drills';
  },
): Promise<string> {
  const holder =
    (await workerWithCopy(db, of)) ??
    (of.where === 'host'
      ? await workerBeside(db, of)
      : of.where === 'drills'
        ? await workerForDrills(db, of)
        : await workerWithBackup(db, of));
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

type Wanted = Pick<Parameters<typeof queueForPlan>[1], 'clusterId' | 'input' | 'choices'>;

/** The field of the input that names something of this source, and the id in it. */
function named<F extends ChoiceSource['from']>(
  of: Wanted,
  from: F,
): { source?: Extract<ChoiceSource, { from: F }>; id?: string } {
  const found = Object.entries(of.choices).find(([, source]) => source?.from === from);
  if (!found) return {};
  const id = of.input[found[0]];
  return {
    source: found[1] as Extract<ChoiceSource, { from: F }>,
    ...(typeof id === 'string' && /^[0-9a-f-]{36}$/i.test(id) && { id }),
  };
}

async function workerWithBackup(db: Store, of: Wanted): Promise<string | undefined> {
  const { source, id } = named(of, 'backups');
  if (!source) return undefined;
  let query = db
    .selectFrom('backups')
    .select('worker_name as workerName')
    .where('cluster_id', '=', of.clusterId)
    .where('type', '=', source.type ?? 'logical')
    .where('state', '=', 'ready');
  if (id !== undefined) query = query.where('id', '=', id);
  return (await query.orderBy('finished_at', 'desc').limit(1).executeTakeFirst())?.workerName;
}

async function workerWithCopy(db: Store, of: Wanted): Promise<string | undefined> {
  const { id } = named(of, 'copies');
  if (id === undefined) return undefined;
  const found = await db
    .selectFrom('copies')
    .select('worker_name as workerName')
    .where('cluster_id', '=', of.clusterId)
    .where('id', '=', id)
    .executeTakeFirst();
  return found?.workerName;
}

/**
 * Who restores copies of a cluster: where the repository lies on a disk, the worker of that host; where it is a storage
 * that anybody reaches, a worker that is marked for drills and not beside the server, as long as there is one.
 */
async function workerForDrills(
  db: Store,
  of: { clusterId: string; instanceId: string | null; input: JsonObject },
): Promise<string | undefined> {
  const repositories = await db
    .selectFrom('stanzas as stanza')
    .innerJoin('stanza_repositories as repository', 'repository.stanza_id', 'stanza.id')
    .select(['stanza.worker_name as workerName', 'repository.storage_id as storageId', 'repository.ordinal'])
    .where('stanza.cluster_id', '=', of.clusterId)
    .where('stanza.state', '=', 'active')
    .where('repository.removed_at', 'is', null)
    .orderBy('repository.ordinal')
    .execute();
  const repository = repositories.find(({ ordinal }) => ordinal === of.input.repository) ?? repositories[0];
  const own = repository?.workerName ?? (await workerBeside(db, of));
  if (!repository?.storageId) return own;
  const marked = await db
    .selectFrom('workers')
    .select('name')
    .where('state', '=', 'running')
    .where('heartbeat_at', '>', sql<string>`now() - make_interval(secs => ${aliveWithinSeconds})`)
    .where(sql<boolean>`coalesce((facts ->> 'drills')::boolean, true)`)
    .orderBy((e) =>
      e
        .case()
        .when('name', '=', own ?? '')
        .then(1)
        .else(0)
        .end(),
    )
    .orderBy('name')
    .limit(1)
    .executeTakeFirst();
  return marked?.name ?? own;
}

/**
 * The worker that has proven to run on the machine of the server (of the cluster's primary when none is named), else
 * the one that its stanza was set up on: a dead server proves nothing any more.
 */
export async function workerBeside(
  db: Store,
  of: { clusterId: string; instanceId: string | null },
): Promise<string | undefined> {
  let query = db
    .selectFrom('host_readings as reading')
    .innerJoin('instances as instance', 'instance.id', 'reading.instance_id')
    .select('reading.worker_name as workerName')
    .where('instance.cluster_id', '=', of.clusterId)
    .where('instance.state', '=', 'active')
    .where('reading.refusal', 'is', null);
  if (of.instanceId) query = query.where('instance.id', '=', of.instanceId);
  const beside = await query
    .orderBy((e) => e.case().when('instance.role', '=', 'primary').then(0).else(1).end())
    .orderBy('instance.name')
    .limit(1)
    .executeTakeFirst();
  if (beside) return beside.workerName;
  const stanza = await db
    .selectFrom('stanzas')
    .select('worker_name as workerName')
    .where('cluster_id', '=', of.clusterId)
    .where('state', '=', 'active')
    .executeTakeFirst();
  return stanza?.workerName ?? undefined;
}
