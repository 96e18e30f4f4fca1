import { sql } from 'kysely';
import type { JsonObject, NewCopy } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';

export interface CopyRow {
  id: string;
  clusterId: string;
  runId: string;
  backupId: string | null;
  workerName: string;
  directory: string;
  major: number;
  /** The moment that was asked for. */
  target: JsonObject;
  mode: 'paused' | 'promoted';
  state: 'open' | 'closing' | 'closed' | 'lost';
  /** The moment that it stands at. */
  reached: JsonObject;
  facts: JsonObject;
  problem: string | null;
  openedAt: string;
  expiresAt: string;
  closedAt: string | null;
}

/** Copies, newest first: of one cluster, one worker, one id, or all; `openOnly` leaves out those that are gone. */
export async function listCopies(
  db: Store,
  of: { clusterId?: string; workerName?: string; id?: string; openOnly?: boolean },
): Promise<CopyRow[]> {
  let query = db
    .selectFrom('copies')
    .select([
      'id',
      'cluster_id as clusterId',
      'run_id as runId',
      'backup_id as backupId',
      'worker_name as workerName',
      'directory',
      'major',
      'target',
      'mode',
      'state',
      'reached',
      'facts',
      'problem',
      'opened_at as openedAt',
      'expires_at as expiresAt',
      'closed_at as closedAt',
    ])
    .orderBy('opened_at', 'desc')
    .limit(500);
  if (of.clusterId) query = query.where('cluster_id', '=', of.clusterId);
  if (of.workerName) query = query.where('worker_name', '=', of.workerName);
  if (of.id) query = query.where('id', '=', of.id);
  if (of.openOnly) query = query.where('state', 'in', ['open', 'closing']);
  return query.execute();
}

/** Registers a copy whose files are complete. Its id is the run's, so that a repeat is harmless. */
export async function storeCopy(
  db: Store,
  held: Held,
  of: { clusterId: string; workerName: string; directory: string },
  copy: NewCopy,
): Promise<string> {
  await fenced(db, held, async (trx) => {
    const row = {
      cluster_id: of.clusterId,
      run_id: held.runId,
      backup_id: copy.backupId,
      worker_name: of.workerName,
      directory: of.directory,
      major: copy.major,
      target: JSON.stringify(copy.target),
      mode: copy.mode,
      reached: JSON.stringify(copy.reached),
      facts: JSON.stringify(copy.facts),
      expires_at: copy.expiresAt,
    };
    await trx
      .insertInto('copies')
      .values({ id: held.runId, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
    await addRunEvent(trx, held, 'copy', { id: held.runId, mode: copy.mode });
  });
  return held.runId;
}

/** Moves a copy on to another state; false when it was in none of the states that it may come from. */
export async function moveCopy(
  db: Store,
  id: string,
  from: readonly CopyRow['state'][],
  to: CopyRow['state'],
  problem?: string,
): Promise<boolean> {
  const moved = await db
    .updateTable('copies')
    .set({
      state: to,
      ...(problem !== undefined && { problem }),
      ...((to === 'closed' || to === 'lost') && { closed_at: sql<string>`clock_timestamp()` }),
    })
    .where('id', '=', id)
    .where('state', 'in', from)
    .returning('id')
    .executeTakeFirst();
  return moved !== undefined;
}

/** Open copies of a worker whose time is over begin to close. */
export async function closeExpiredCopies(db: Store, workerName: string): Promise<void> {
  await db
    .updateTable('copies')
    .set({ state: 'closing' })
    .where('worker_name', '=', workerName)
    .where('state', '=', 'open')
    .where('expires_at', '<', sql<string>`clock_timestamp()`)
    .execute();
}

/** Of these runs, those that have not ended: what they are making must be left alone. */
export async function liveRuns(db: Store, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('id', 'in', ids)
    .where('state', 'not in', ['succeeded', 'failed', 'cancelled'])
    .execute();
  return rows.map(({ id }) => id);
}

/** What a page says of a copy's cluster, and the server that questions about the copy are planned for. */
export async function copyPlaces(
  db: Store,
  clusterIds: readonly string[],
): Promise<Map<string, { clusterName: string; instanceId: string | null }>> {
  if (clusterIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('clusters as cluster')
    .leftJoin('instances as instance', (join) =>
      join.onRef('instance.cluster_id', '=', 'cluster.id').on('instance.state', '=', 'active'),
    )
    .select(['cluster.id', 'cluster.name as clusterName', 'instance.id as instanceId'])
    .where('cluster.id', 'in', clusterIds)
    .orderBy((e) => e.case().when('instance.role', '=', 'primary').then(1).else(0).end())
    .orderBy('instance.name', 'desc')
    .execute();
  // The last row of a cluster wins: its primary.
  return new Map(rows.map(({ id, ...place }) => [id, place]));
}

/**
 * Lets an open copy stay so many hours from now.
 *
 * @returns until when; undefined when it is not open.
 */
export async function extendCopy(db: Store, id: string, hours: number): Promise<string | undefined> {
  const row = await db
    .updateTable('copies')
    .set({ expires_at: sql<string>`clock_timestamp() + make_interval(hours => ${hours})` })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returning('expires_at')
    .executeTakeFirst();
  return row?.expires_at;
}

/** Asks the worker of a copy to close it; false when it is not open. */
export async function beginClosing(db: Store, id: string): Promise<boolean> {
  const row = await db
    .updateTable('copies')
    .set({ state: 'closing' })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
