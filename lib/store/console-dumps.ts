import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What was tried to save this database: a dump that was read back, or why there is none. */
export interface ConsoleDump {
  id: string;
  /** `removed`: it was good once, and newer ones have taken its place. */
  state: 'ready' | 'failed' | 'removed';
  path: string;
  bytes: number | null;
  /** The newest migration that it holds. */
  migration: string | null;
  /** Keys of workers that its sealed secrets may need. */
  keyIds: string[];
  problem: string | null;
  /** The machine whose disk it is on. */
  madeOn: string;
  startedAt: string;
  finishedAt: string;
}

/** How long a try is told of. */
const keptDays = 90;

/** Writes down a try, as the owner; forgets those of long ago. */
export async function addConsoleDump(db: Store, dump: ConsoleDump): Promise<void> {
  const { keyIds, madeOn, startedAt, finishedAt, ...row } = dump;
  await db
    .insertInto('console_dumps')
    .values({ ...row, key_ids: keyIds, made_on: madeOn, started_at: startedAt, finished_at: finishedAt })
    .execute();
  await sql`delete from console_dumps where finished_at < now() - make_interval(days => ${keptDays})`.execute(
    db,
  );
}

/** Says that files are no longer there. */
export async function markConsoleDumpsRemoved(db: Store, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await db
    .updateTable('console_dumps')
    .set({ state: 'removed' })
    .where('path', 'in', [...paths])
    .where('state', '=', 'ready')
    .execute();
}

/** Tries, the newest first. */
export async function listConsoleDumps(db: Store, limit: number): Promise<ConsoleDump[]> {
  return db
    .selectFrom('console_dumps')
    .select([
      'id',
      'state',
      'path',
      'bytes',
      'migration',
      'key_ids as keyIds',
      'problem',
      'made_on as madeOn',
      'started_at as startedAt',
      'finished_at as finishedAt',
    ])
    .orderBy('finished_at', 'desc')
    .limit(limit)
    .execute();
}

/** How old the newest good dump may be: a night and two hours, since one that is a little late is no news. */
export const consoleDumpMaxAgeSeconds = 26 * 3600;

/** How well the console itself is saved at this moment. Ages are in seconds, by the database's clock. */
export interface ConsoleSaving {
  newestGoodAt: string | null;
  newestGoodSeconds: number | null;
  /** Why the newest try failed; null when it did not. */
  problem: string | null;
  /** Since the console's first worker; null before that. */
  consoleSeconds: number | null;
}

export async function consoleSaving(db: Store): Promise<ConsoleSaving> {
  const { rows } = await sql<ConsoleSaving>`
    select
      good.finished_at as "newestGoodAt",
      extract(epoch from clock_timestamp() - good.finished_at)::float8 as "newestGoodSeconds",
      case when newest.state = 'failed' then coalesce(newest.problem, 'nobody knows why') end as problem,
      (select extract(epoch from clock_timestamp() - min(created_at))::float8 from worker_keys) as "consoleSeconds"
    from (select) as one
    left join lateral (
      select finished_at from console_dumps where state = 'ready' order by finished_at desc limit 1
    ) as good on true
    left join lateral (
      select state, problem from console_dumps order by finished_at desc limit 1
    ) as newest on true`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('one row was expected');
  return row;
}

export interface ConsoleSize {
  migration: string | null;
  keyIds: string[];
  /** pg_database_size. */
  bytes: number;
}

/** What a dump of this database will hold. */
export async function consoleSize(db: Store): Promise<ConsoleSize> {
  const { rows } = await sql<ConsoleSize>`
    select
      (select max(name) from kysely_migration) as migration,
      (select coalesce(array_agg(id order by created_at), '{}') from worker_keys) as "keyIds",
      pg_database_size(current_database()) as bytes`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('one row was expected');
  return row;
}

/** Runs `act` unless somebody else dumps this database at the moment; undefined then. */
export async function whileDumping<T>(db: Store, act: () => Promise<T>): Promise<T | undefined> {
  return db.connection().execute(async (held) => {
    const key = sql`hashtext('plumbline-console-dump')`;
    const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${key}) as mine`.execute(held);
    if (!rows[0]?.mine) return undefined;
    try {
      return await act();
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(held);
    }
  });
}
