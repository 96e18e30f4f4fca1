import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** Per active instance: when the newest result came in, and how many checks could not be measured. */
export async function newestResults(db: Store): Promise<Map<string, { at: string; unmeasured: number }>> {
  const rows = await db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select(['result.instance_id', sql<string>`max(result.observed_at)`.as('at')])
    .select(
      sql<number>`(count(distinct result.check_id) filter (where result.state <> 'ok'))::int4`.as(
        'unmeasured',
      ),
    )
    .where('instance.state', '=', 'active')
    .groupBy('result.instance_id')
    .execute();
  return new Map(rows.map((row) => [row.instance_id, { at: row.at, unmeasured: row.unmeasured }]));
}

/** How many rows a check last saw of each instance, and the total of one of its columns: databases and their bytes. */
export async function storedTotals(
  db: Store,
  checkId: string,
  column: string,
): Promise<Map<string, { databases: number; bytes: number }>> {
  const { rows } = await sql<{ instance_id: string; databases: number; bytes: number }>`
    select instance_id::text, count(*)::int4 as databases,
      coalesce(sum((cell ->> ${column})::float8), 0) as bytes
    from check_results, jsonb_array_elements(rows) as cell
    where check_id = ${checkId}
      and state = 'ok'
    group by instance_id`.execute(db);
  return new Map(rows.map((row) => [row.instance_id, row]));
}
