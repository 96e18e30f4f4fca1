import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface CheckResults {
  /** Active servers with a result, and those of them where some result is not known. */
  servers: number;
  unmeasured: number;
  newestAt: string;
  slowestMs: number;
}

/** The newest results of all active servers, summed up by check. */
export async function resultsByCheck(db: Store): Promise<Map<string, CheckResults>> {
  const rows = await db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select('result.check_id as id')
    .select([
      sql<number>`count(distinct result.instance_id)::int4`.as('servers'),
      sql<number>`(count(distinct result.instance_id) filter (where result.state <> 'ok'))::int4`.as(
        'unmeasured',
      ),
      sql<string>`max(result.observed_at)`.as('newestAt'),
      sql<number>`max(result.duration_ms)`.as('slowestMs'),
    ])
    .where('instance.state', '=', 'active')
    .groupBy('result.check_id')
    .execute();
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}
