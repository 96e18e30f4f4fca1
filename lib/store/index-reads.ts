import { sql } from 'kysely';
import type { CheckRow } from '@/lib/engine/define-check';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

export interface PeerReading {
  instanceName: string;
  database: string;
  rows: CheckRow[];
  observedAt: string;
}

/** The last good readings of a check on the other active servers of a cluster, in all databases. */
export async function peerReadings(
  db: Store,
  of: { clusterId: string; instanceId: string; checkId: string },
): Promise<PeerReading[]> {
  return db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select([
      'instance.name as instanceName',
      'result.database',
      'result.rows',
      'result.observed_at as observedAt',
    ])
    .where('instance.cluster_id', '=', of.clusterId)
    .where('instance.state', '=', 'active')
    .where('instance.id', '<>', of.instanceId)
    .where('result.check_id', '=', of.checkId)
    .where('result.state', '=', 'ok')
    .orderBy('instance.name')
    .execute();
}

export interface NewestEvidence {
  id: string;
  runId: string;
  database: string;
  facts: JsonObject;
  observedAt: string;
}

/** The newest evidence of a type for each database of a cluster. */
export async function newestPerDatabase(
  db: Store,
  clusterId: string,
  type: string,
): Promise<NewestEvidence[]> {
  const { rows } = await sql<NewestEvidence>`
    select distinct on (database) id, run_id as "runId", database, facts, observed_at as "observedAt"
    from evidence
    where cluster_id = ${clusterId}
      and type = ${type}
      and database is not null
    order by database, observed_at desc`.execute(db);
  return rows;
}

/** Texts of statements by query id, as any server of the cluster gave them. */
export async function textsOfQueries(
  db: Store,
  clusterId: string,
  queryids: readonly string[],
): Promise<Map<string, string>> {
  if (queryids.length === 0) return new Map();
  const { rows } = await sql<{ queryid: string; text: string }>`
    select distinct on (s.queryid) s.queryid, left(t.text, 20000) as text
    from statements as s
    join instances as i on i.id = s.instance_id
    join statement_texts as t on t.hash = s.text_hash
    where i.cluster_id = ${clusterId}
      and s.queryid = any (${[...queryids]})
    order by s.queryid`.execute(db);
  return new Map(rows.map(({ queryid, text }) => [queryid, text]));
}
