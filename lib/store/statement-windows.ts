import { type RawBuilder, sql } from 'kysely';
import { keptDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';
import { watermarkOf } from '@/lib/store/rollup';
import { statementLevels } from '@/lib/store/statement-rollups';

export type StatementTable = 'statement_samples' | 'statement_hours' | 'statement_days';

/** A part of a window and the table that answers for it; epoch seconds, `to` not included. */
export interface WindowPart {
  table: StatementTable;
  from: number;
  to: number;
}

const hour = 3600;
const day = 86_400;
const floorTo = (at: number, unit: number) => Math.floor(at / unit) * unit;
const ceilTo = (at: number, unit: number) => Math.ceil(at / unit) * unit;

/**
 * Takes a window apart so that whole days and hours come from their sums and only the rest from single readings: a
 * month then costs about as much as a day. Where readings are kept no longer, whole hours stand in for them.
 *
 * @param done up to when hours and days are summed up, and since when readings are kept (epoch seconds).
 */
export function windowParts(
  from: number,
  to: number,
  done: { hours: number; days: number; readingsSince: number },
): WindowPart[] {
  const readings = (start: number, end: number): WindowPart[] =>
    end > start ? [{ table: 'statement_samples', from: start, to: end }] : [];
  const hourly = (start: number, end: number): WindowPart[] => {
    const first = start < done.readingsSince ? floorTo(start, hour) : ceilTo(start, hour);
    const last = Math.min(floorTo(end, hour), done.hours);
    if (last <= first) return readings(start, end);
    return [
      ...readings(start, first),
      { table: 'statement_hours', from: first, to: last },
      ...readings(last, end),
    ];
  };
  const first = ceilTo(from, day);
  const last = Math.min(floorTo(to, day), done.days);
  if (last <= first) return hourly(from, to);
  return [...hourly(from, first), { table: 'statement_days', from: first, to: last }, ...hourly(last, to)];
}

/** The parts of a window (epoch seconds) as they are stored now. */
export async function storedParts(
  db: Store,
  window: { from: number; to: number },
  now: Date = new Date(),
): Promise<WindowPart[]> {
  const [hours = 0, days = 0] = await Promise.all(statementLevels.map((level) => watermarkOf(db, level)));
  const readingsSince = now.getTime() / 1000 - keptDays.statement_samples * day;
  return windowParts(window.from, window.to, { hours, days, readingsSince });
}

/** The parts of a window that is drawn in buckets: sums only where no bucket is shorter than they are. */
export async function gridParts(
  db: Store,
  grid: { start: number; stepSeconds: number; points: number },
): Promise<WindowPart[]> {
  const from = grid.start;
  const to = grid.start + grid.points * grid.stepSeconds;
  const parts: WindowPart[] = [];
  let at = from;
  // The coarsest sums that no bucket cuts in two come first; what they do not reach yet is read finer.
  for (const level of statementLevels.toReversed()) {
    if (grid.stepSeconds % level.bucketSeconds !== 0) continue;
    const done = Math.min(to, (await watermarkOf(db, level)) ?? at);
    if (done > at) parts.push({ table: level.table, from: at, to: done });
    at = Math.max(at, done);
  }
  if (to > at) parts.push({ table: 'statement_samples', from: at, to });
  return parts;
}

/** What is counted of statements; each a column of all three tables. Null is zero. */
export const summedColumns = [
  'calls',
  'total_ms',
  'plan_ms',
  'io_ms',
  'rows',
  'shared_hit',
  'shared_read',
  'shared_dirtied',
  'temp_written',
  'wal_bytes',
] as const;
export type SummedColumn = (typeof summedColumns)[number];

/** The rows of all parts as one table `part`, of some statements only when their ids are given. */
export function partRows(parts: readonly WindowPart[], ids?: readonly number[]): RawBuilder<unknown> {
  const only = ids === undefined ? sql`` : sql`and statement_id = any (${ids}::bigint[])`;
  const columns = sql.join(
    [...summedColumns, 'min_ms', 'max_ms', 'lower_bound'].map((name) => sql.ref(name)),
  );
  const selects = parts.map(
    (part) => sql`
      select statement_id, at, ${columns}
      from ${sql.table(part.table)}
      where at >= to_timestamp(${part.from}::float8)
        and at < to_timestamp(${part.to}::float8)
        ${only}`,
  );
  const none = sql`select statement_id, at, ${columns} from statement_samples where false`;
  return selects.length > 0 ? sql.join(selects, sql` union all `) : none;
}

/** `coalesce(sum(calls), 0)::float8 as calls, …` over the rows of `partRows`. */
export function sumsOf(from = 'part'): RawBuilder<unknown> {
  const sums = summedColumns.map(
    (name) => sql`coalesce(sum(${sql.ref(`${from}.${name}`)}), 0)::float8 as ${sql.ref(name)}`,
  );
  return sql.join([
    ...sums,
    sql`min(${sql.ref(`${from}.min_ms`)})::float8 as min_ms`,
    sql`max(${sql.ref(`${from}.max_ms`)})::float8 as max_ms`,
    sql`bool_or(${sql.ref(`${from}.lower_bound`)}) as lower_bound`,
  ]);
}
