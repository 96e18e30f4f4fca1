import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sql } from 'kysely';
import type { SeenSession } from '@/lib/engine/lock-tree';
import type { Store } from '@/lib/store/db';

/** Stores the sessions of a moment (ISO 8601), packed; `sessions` counts them all, also those that were left out. */
export async function storeSnapshot(
  db: Store,
  instanceId: string,
  at: string,
  sessions: readonly SeenSession[],
  total: number,
): Promise<void> {
  const packed = deflateRawSync(JSON.stringify(sessions));
  await sql`
    insert into session_snapshots (instance_id, at, sessions, packed)
    values (${instanceId}, ${at}::timestamptz, ${total}, ${packed})
    on conflict do nothing`.execute(db);
}

export interface Snapshot {
  at: string;
  total: number;
  sessions: SeenSession[];
}

/** A moment is shown by the snapshot nearest to it, if there is one as near as this. */
const nearSeconds = 30;

/** The sessions at a moment (ISO 8601), or the newest ones; undefined when nobody looked then. */
export async function readSnapshot(
  db: Store,
  instanceId: string,
  at: string | undefined,
): Promise<Snapshot | undefined> {
  const where =
    at === undefined
      ? sql`at > now() - interval '1 day' order by at desc`
      : sql`at between ${at}::timestamptz - make_interval(secs => ${nearSeconds}::int)
          and ${at}::timestamptz + make_interval(secs => ${nearSeconds}::int)
          order by abs(extract(epoch from at - ${at}::timestamptz))`;
  const { rows } = await sql<{ at: string; sessions: number; packed: Buffer }>`
    select at, sessions, packed
    from session_snapshots
    where instance_id = ${instanceId}
      and ${where}
    limit 1`.execute(db);
  const row = rows[0];
  if (!row) return undefined;
  const sessions = JSON.parse(inflateRawSync(row.packed).toString('utf8')) as SeenSession[];
  return { at: row.at, total: row.sessions, sessions };
}
