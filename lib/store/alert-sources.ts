import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { isMuted } from '@/lib/store/finding-mutes';

/** An open finding that somebody must hear of. */
export interface FindingToTell {
  id: string;
  checkId: string;
  clusterId: string;
  clusterName: string;
  instanceId: string | null;
  instanceName: string | null;
  level: 'warn' | 'crit';
  object: string;
  sentence: string;
  mend: string | null;
}

/**
 * Open findings that nobody muted, of clusters and servers that are watched: critical ones, and also warnings of the
 * checks that are named.
 */
export async function findingsToTell(db: Store, checkIds: readonly string[]): Promise<FindingToTell[]> {
  const { rows } = await sql<FindingToTell>`
    select
      finding.id,
      finding.check_id as "checkId",
      finding.cluster_id as "clusterId",
      cluster.name as "clusterName",
      finding.instance_id as "instanceId",
      instance.name as "instanceName",
      finding.level,
      finding.object,
      finding.sentence,
      finding.mend
    from findings as finding
    join clusters as cluster on cluster.id = finding.cluster_id and cluster.removed_at is null
    left join instances as instance on instance.id = finding.instance_id
    where finding.closed_at is null
      and (finding.level = 'crit' or (finding.level = 'warn' and finding.check_id = any (${checkIds}::text[])))
      and (finding.instance_id is null or instance.state = 'active')
      and not ${isMuted('finding')}
    order by finding.opened_at
    limit 2000`.execute(db);
  return rows;
}

/** How the last run of a kind on one thing ended. */
export interface LastRun {
  runId: string;
  kind: string;
  clusterId: string;
  clusterName: string;
  database: string | null;
  state: 'succeeded' | 'failed' | 'needs-decision';
  error: string | null;
  next: string | null;
  /** Titles of evidence that it stored with the verdict `fail`. */
  failedProofs: string[];
}

/**
 * The newest run of each kind on each cluster and database that ended by itself or waits for a person, of the last 30
 * days. Cancelled ones are somebody's will.
 */
export async function lastRuns(db: Store, kinds: readonly string[]): Promise<LastRun[]> {
  if (kinds.length === 0) return [];
  const { rows } = await sql<LastRun>`
    select
      run.id as "runId",
      run.kind,
      run.cluster_id as "clusterId",
      cluster.name as "clusterName",
      run.database,
      run.state,
      run.error ->> 'message' as error,
      run.error ->> 'next' as next,
      array(
        select distinct evidence.title
        from evidence
        where evidence.run_id = run.id
          and evidence.verdict = 'fail'
      ) as "failedProofs"
    from (
      select distinct on (runs.kind, runs.cluster_id, asked.input ->> 'database')
        runs.id, runs.kind, runs.cluster_id, runs.state, runs.error, asked.input ->> 'database' as database
      from runs
      join plan_requests as asked on asked.id = runs.plan_id
      where runs.kind = any (${kinds}::text[])
        and runs.state in ('succeeded', 'failed', 'needs-decision')
        and runs.created_at > now() - interval '30 days'
      order by runs.kind, runs.cluster_id, asked.input ->> 'database', runs.created_at desc, runs.id desc
    ) as run
    join clusters as cluster on cluster.id = run.cluster_id and cluster.removed_at is null
    limit 5000`.execute(db);
  return rows;
}
