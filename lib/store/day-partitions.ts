import { sql } from 'kysely';
import { utcDay } from '@/lib/base/time';
import type { Store } from '@/lib/store/db';

export type DayTable =
  | 'samples'
  | 'sample_rollups'
  | 'sample_hours'
  | 'statement_samples'
  | 'statement_hours'
  | 'statement_days'
  | 'statement_readings'
  | 'load_samples'
  | 'load_rollups'
  | 'session_snapshots';

/** Days that are kept, today not counted. Sums are small, so they may stay longer. */
export const keptDays: Record<DayTable, number> = {
  samples: 31,
  sample_rollups: 92,
  sample_hours: 92,
  statement_samples: 10,
  statement_hours: 92,
  statement_days: 92,
  statement_readings: 92,
  load_samples: 31,
  load_rollups: 92,
  session_snapshots: 14,
};

const dayMs = 86_400_000;
const daysAhead = 2;
const partitionName = (table: DayTable, day: string) => `${table}_${day.replaceAll('-', '')}`;

/**
 * Makes the missing partitions from one day to another (UTC, both included). They are attached, not created in place,
 * so that readers and writers of other days go on meanwhile (manual: ALTER TABLE … ATTACH PARTITION).
 */
export async function makeDays(db: Store, table: DayTable, from: Date, to: Date): Promise<string[]> {
  const made: string[] = [];
  for (let at = from.getTime(); utcDay(new Date(at)) <= utcDay(to); at += dayMs) {
    const day = utcDay(new Date(at));
    const name = partitionName(table, day);
    const end = utcDay(new Date(at + dayMs));
    const isNew = await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(hashtext(${`plumbline-days-${table}`}))`.execute(trx);
      const { rows } = await sql<{ here: boolean }>`select to_regclass(${name}) is not null as here`.execute(
        trx,
      );
      if (rows[0]?.here) return false;
      await sql`create table ${sql.table(name)} (like ${sql.table(table)} including all)`.execute(trx);
      await sql`
        alter table ${sql.table(table)} attach partition ${sql.table(name)}
        for values from (${sql.lit(`${day} 00:00:00+00`)}) to (${sql.lit(`${end} 00:00:00+00`)})`.execute(
        trx,
      );
      return true;
    });
    if (isNew) made.push(name);
  }
  return made;
}

/**
 * Makes today's partitions and those of the next two days, and drops the days that are kept no longer. A drop waits
 * a second for readers at most and is tried again next time.
 */
export async function turnDays(
  db: Store,
  now: Date = new Date(),
): Promise<{ made: string[]; dropped: string[] }> {
  const made: string[] = [];
  const dropped: string[] = [];
  for (const table of Object.keys(keptDays) as DayTable[]) {
    made.push(...(await makeDays(db, table, now, new Date(now.getTime() + daysAhead * dayMs))));
    const oldest = partitionName(table, utcDay(new Date(now.getTime() - keptDays[table] * dayMs)));
    for (const name of await dayPartitions(db, table)) {
      if (name < oldest && (await dropDay(db, name))) dropped.push(name);
    }
  }
  return { made, dropped };
}

async function dayPartitions(db: Store, table: DayTable): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select child.relname::text as name
    from pg_inherits
    join pg_class as child on child.oid = inhrelid
    where inhparent = ${sql.lit(table)}::regclass
    order by 1`.execute(db);
  return rows.map((row) => row.name);
}

async function dropDay(db: Store, name: string): Promise<boolean> {
  try {
    await db.transaction().execute(async (trx) => {
      await sql`set local lock_timeout = '1s'`.execute(trx);
      await sql`drop table ${sql.table(name)}`.execute(trx);
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '55P03') return false;
    throw error;
  }
}
