import { type RawBuilder, sql } from 'kysely';
import { makeDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';
import { type Rollup, rollUp, watermarkOf } from '@/lib/store/rollup';

/** Sums of statements by hour and by day (UTC). Each level is made from the one before it. */
export interface StatementLevel extends Rollup {
  table: 'statement_hours' | 'statement_days';
}

export const statementLevels = [
  {
    table: 'statement_hours',
    from: 'statement_samples',
    bucketSeconds: 3600,
    watermarkKey: 'statement-hours',
  },
  { table: 'statement_days', from: 'statement_hours', bucketSeconds: 86_400, watermarkKey: 'statement-days' },
] as const satisfies readonly StatementLevel[];

/** A reading is on disk long before this has passed since its moment. */
const settleSeconds = 120;
const bucketsAtOnce = 24;

/** Sums up what is finished since last time. @returns false when there was nothing to do. */
export async function rollUpStatements(db: Store, now: Date = new Date()): Promise<boolean> {
  let until = now.getTime() / 1000 - settleSeconds;
  let moved = false;
  for (const level of statementLevels) {
    const most = bucketsAtOnce * level.bucketSeconds;
    const movedLevel = await rollUp(db, level, until, most, async (trx, from, to) => {
      // Days that passed while nobody turned them have no partition yet.
      await makeDays(db, level.table, new Date(from * 1000), new Date((to - 1) * 1000));
      await sumUp(trx, level, from, to);
      if (level.table === 'statement_days') await touchStatements(trx, from, to);
    });
    moved = movedLevel || moved;
    until = (await watermarkOf(db, level)) ?? 0;
  }
  return moved;
}

const optional = ['shared_read', 'shared_dirtied', 'temp_written', 'wal_bytes', 'plan_ms', 'io_ms'] as const;

async function sumUp(db: Store, level: StatementLevel, from: number, to: number): Promise<void> {
  const { table, bucketSeconds } = level;
  const names: RawBuilder<unknown>[] = optional.map((name) => sql.ref(name));
  const sums = optional.map((name) => sql`sum(${sql.ref(name)})`);
  await sql`
    insert into ${sql.table(table)} (statement_id, at, seconds, calls, total_ms, rows, shared_hit, min_ms, max_ms,
      lower_bound, ${sql.join(names)})
    select statement_id, to_timestamp(floor(date_part('epoch', at) / ${bucketSeconds}::int) * ${bucketSeconds}::int),
      sum(seconds), sum(calls), sum(total_ms), sum(rows), sum(shared_hit), min(min_ms), max(max_ms),
      bool_or(lower_bound), ${sql.join(sums)}
    from ${sql.table(level.from)}
    where at >= to_timestamp(${from}::float8)
      and at < to_timestamp(${to}::float8)
    group by 1, 2
    on conflict do nothing`.execute(db);
}

/** Says of statements when they were last called, to the day: who is not called any more is forgotten one day. */
async function touchStatements(db: Store, from: number, to: number): Promise<void> {
  await sql`
    update statements
    set last_at = greatest(statements.last_at, called.at)
    from (
      select statement_id, max(at) + interval '1 day' as at
      from statement_days
      where at >= to_timestamp(${from}::float8)
        and at < to_timestamp(${to}::float8)
      group by statement_id
    ) as called
    where statements.id = called.statement_id`.execute(db);
}

/** Longer than any sum of it is kept, and than any collector remembers it. */
const forgottenAfterDays = 100;

/**
 * Removes statements that were not called for longer than anything about them is kept, and texts that no statement has
 * any more. A text that was stored a moment ago may still be waiting for its statement.
 *
 * @returns how many statements were removed.
 */
export async function forgetStatements(db: Store): Promise<number> {
  const gone = await sql`
    delete from statements
    where last_at < now() - make_interval(days => ${forgottenAfterDays})`.execute(db);
  await sql`
    delete from statement_texts as t
    where t.first_seen_at < now() - interval '1 day'
      and not exists (select from statements where text_hash = t.hash)`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}
