import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { wake } from '@/lib/store/notify';

export type OutboxTopic = 'plan' | 'run' | 'collect' | 'test';

/** Work that somebody should look at: an id and where. Never data, so a forged or doubled one does no harm. */
export interface OutboxItem {
  id: number;
  topic: OutboxTopic;
  subjectId: string;
  /** A pool's name, or `queueOfWorker(name)` for work that is bound to one worker's folders. */
  queue: string;
}

/** The queue of one worker alone: its folders hold what the run needs. */
export function queueOfWorker(workerName: string): string {
  return `worker.${workerName}`;
}

/** Asks workers for something, within the writer's transaction: both are there or neither. */
export async function enqueue(trx: Store, item: Omit<OutboxItem, 'id'>): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({ topic: item.topic, subject_id: item.subjectId, pool: item.queue })
    .execute();
  await wake(trx, 'outbox');
}

/**
 * Takes waiting items of these queues, oldest first, each by one taker only. `hand` is called before the commit:
 * when it fails, they stay for the next.
 */
export async function takeFromOutbox(
  db: Store,
  queues: readonly string[],
  limit: number,
  hand: (items: OutboxItem[]) => Promise<void>,
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<OutboxItem>`
      update outbox
      set relayed_at = clock_timestamp()
      where id in (
        select id
        from outbox
        where relayed_at is null
          and pool = any (${queues}::text[])
        order by id
        limit ${limit}
        for update skip locked
      )
      returning id, topic, subject_id as "subjectId", pool as queue`.execute(trx);
    if (rows.length > 0) await hand(rows.sort((a, b) => a.id - b.id));
    return rows.length;
  });
}

/** Removes items that were handed on long ago, and such that no worker ever served. */
export async function removeOldOutbox(db: Store): Promise<void> {
  await sql`
    delete from outbox
    where relayed_at < now() - interval '1 day'
       or created_at < now() - interval '7 days'`.execute(db);
}
