import { sql } from 'kysely';
import { v5 } from 'uuid';
import type { NewEvidence } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';

/**
 * Stores proof that a step has found. Its id comes from run, step and name, so that a step which is repeated after
 * a crash replaces what it said before instead of saying it twice.
 */
export async function storeEvidence(
  db: Store,
  held: Held,
  of: { clusterId: string; instanceId: string | null; step: string },
  evidence: NewEvidence,
): Promise<string> {
  const name = JSON.stringify([of.step, evidence.type, evidence.title, evidence.phase, evidence.database]);
  const id = v5(name, held.runId);
  await fenced(db, held, async (trx) => {
    const row = {
      cluster_id: of.clusterId,
      instance_id: of.instanceId,
      run_id: held.runId,
      backup_id: evidence.backupId ?? null,
      type: evidence.type,
      verdict: evidence.verdict,
      title: evidence.title,
      database: evidence.database ?? null,
      phase: evidence.phase ?? null,
      facts: JSON.stringify(evidence.facts),
      observed_at: sql<string>`clock_timestamp()`,
    };
    await trx
      .insertInto('evidence')
      .values({ id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
    await addRunEvent(trx, held, 'evidence', { id, type: evidence.type, verdict: evidence.verdict });
  });
  return id;
}

/** Seconds that drills of a whole server took until it was up, newest first, at most 20; failed ones timed nothing. */
export async function drillSeconds(db: Store, clusterId: string): Promise<number[]> {
  const { rows } = await sql<{ seconds: number }>`
    select (facts ->> 'rtoSeconds')::float8 as seconds
    from evidence
    where cluster_id = ${clusterId}
      and type = 'drill'
      and database is null
      and verdict <> 'fail'
      and jsonb_typeof(facts -> 'rtoSeconds') = 'number'
    order by observed_at desc
    limit 20`.execute(db);
  return rows.map(({ seconds }) => seconds);
}
