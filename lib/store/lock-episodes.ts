import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { LockNode, SeenSession } from '@/lib/engine/lock-tree';
import type { Store } from '@/lib/store/db';

/** A root blocker with those behind it at one moment. */
export interface SeenBlocking {
  root: LockNode;
  /** ISO 8601: since when the one who waits longest waits. */
  since: string;
  longestWaitSeconds: number;
}

const keptDays = 92;
/** A tree is kept as it was at its worst; wider ones are cut. */
const nodesAtMost = 60;

/**
 * Goes on with the episodes of an instance: those whose root blocks still, new ones, and an end for the rest.
 *
 * @param at ISO 8601 of the moment of the look.
 */
export async function recordBlocking(
  db: Store,
  instanceId: string,
  at: string,
  seen: readonly SeenBlocking[],
): Promise<void> {
  for (const { root, since, longestWaitSeconds } of seen) {
    const document = JSON.stringify({ ...root, children: [] });
    const tree = JSON.stringify(cut(root));
    await sql`
      insert into lock_episodes as old (id, instance_id, root_key, started_at, last_seen_at, victims_now, victims_max,
        longest_wait_seconds, root, worst)
      values (${newId()}, ${instanceId}, ${root.key}, ${since}::timestamptz, ${at}::timestamptz, ${root.victims},
        ${root.victims}, ${longestWaitSeconds}, ${document}::jsonb, ${tree}::jsonb)
      on conflict (instance_id, root_key) where ended_at is null do update
      set last_seen_at = excluded.last_seen_at,
          victims_now = excluded.victims_now,
          victims_max = greatest(old.victims_max, excluded.victims_max),
          longest_wait_seconds = greatest(old.longest_wait_seconds, excluded.longest_wait_seconds),
          root = excluded.root,
          worst = case when excluded.victims_max >= old.victims_max then excluded.worst else old.worst end`.execute(
      db,
    );
  }
  await sql`
    update lock_episodes
    set ended_at = ${at}::timestamptz,
        victims_now = 0
    where instance_id = ${instanceId}
      and ended_at is null
      and not (root_key = any (${seen.map(({ root }) => root.key)}::text[]))`.execute(db);
}

/** Forgets episodes that ended long ago. */
export async function forgetEpisodes(db: Store): Promise<void> {
  await sql`delete from lock_episodes where ended_at < now() - make_interval(days => ${keptDays}::int)`.execute(
    db,
  );
}

function cut(root: LockNode): LockNode {
  let left = nodesAtMost;
  const copy = (node: LockNode): LockNode => {
    const children: LockNode[] = [];
    for (const child of node.children) {
      if (left <= 0) break;
      left -= 1;
      children.push(copy(child));
    }
    return { ...node, children };
  };
  return copy(root);
}

export interface EpisodeRow {
  id: string;
  root_key: string;
  started_at: string;
  last_seen_at: string;
  ended_at: string | null;
  victims_now: number;
  victims_max: number;
  longest_wait_seconds: number;
  root: LockNode & { session: SeenSession | null };
  worst: LockNode;
}

/** Episodes that touch a window (ISO 8601), newest first. */
export async function readEpisodes(
  db: Store,
  window: { instanceId: string; from: string; to: string; limit: number },
): Promise<EpisodeRow[]> {
  const { rows } = await sql<EpisodeRow>`
    select id::text as id, root_key, started_at, last_seen_at, ended_at, victims_now, victims_max, longest_wait_seconds,
      root, worst
    from lock_episodes
    where instance_id = ${window.instanceId}
      and started_at < ${window.to}::timestamptz
      and coalesce(ended_at, 'infinity') >= ${window.from}::timestamptz
    order by started_at desc
    limit ${window.limit}::int`.execute(db);
  return rows;
}
