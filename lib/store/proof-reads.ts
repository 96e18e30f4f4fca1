import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { BackupMethod, BackupState } from '@/lib/store/schema';

type Verdict = 'pass' | 'partial' | 'fail' | 'info';

export interface EvidenceRow {
  id: string;
  clusterId: string;
  clusterName: string;
  instanceId: string | null;
  runId: string;
  runKind: string;
  backupId: string | null;
  type: string;
  verdict: Verdict;
  title: string;
  database: string | null;
  phase: 'before' | 'after' | null;
  facts: JsonObject;
  observedAt: string;
}

/** Evidence of a run, of a cluster by type, or one by id; newest first, of a run in the order it was found. */
export async function listEvidence(
  db: Store,
  filter: { id?: string; runId?: string; clusterId?: string; type?: string; limit?: number },
): Promise<EvidenceRow[]> {
  let query = db
    .selectFrom('evidence')
    .innerJoin('clusters', 'clusters.id', 'evidence.cluster_id')
    .innerJoin('runs', 'runs.id', 'evidence.run_id')
    .select([
      'evidence.id',
      'evidence.cluster_id as clusterId',
      'clusters.name as clusterName',
      'evidence.instance_id as instanceId',
      'evidence.run_id as runId',
      'runs.kind as runKind',
      'evidence.backup_id as backupId',
      'evidence.type',
      'evidence.verdict',
      'evidence.title',
      'evidence.database',
      'evidence.phase',
      'evidence.facts',
      'evidence.observed_at as observedAt',
    ]);
  if (filter.id) query = query.where('evidence.id', '=', filter.id);
  if (filter.runId) query = query.where('evidence.run_id', '=', filter.runId);
  if (filter.clusterId) query = query.where('evidence.cluster_id', '=', filter.clusterId);
  if (filter.type) query = query.where('evidence.type', '=', filter.type);
  return query
    .orderBy('evidence.observed_at', filter.runId ? 'asc' : 'desc')
    .limit(filter.limit ?? 500)
    .execute();
}

export interface DrillRow {
  backupId: string;
  evidenceId: string;
  runId: string;
  verdict: Verdict;
  restoreSeconds: number | null;
  at: string;
}

/** Drills of backups, newest first. */
export async function drillsOfBackups(db: Store, backupIds: readonly string[]): Promise<DrillRow[]> {
  if (backupIds.length === 0) return [];
  const { rows } = await sql<DrillRow>`
    select backup_id as "backupId", id as "evidenceId", run_id as "runId", verdict,
      case when jsonb_typeof(facts -> 'restoreSeconds') = 'number'
        then (facts ->> 'restoreSeconds')::float8 end as "restoreSeconds",
      observed_at as at
    from evidence
    where backup_id = any (${backupIds}::uuid[])
      and type = 'drill'
    order by observed_at desc
    limit 2000`.execute(db);
  return rows;
}

export interface BackupRow {
  id: string;
  clusterId: string;
  clusterName: string;
  instanceId: string | null;
  instanceName: string | null;
  runId: string | null;
  type: 'logical' | 'physical';
  database: string | null;
  path: string;
  workerName: string;
  bytes: number;
  serverVersionNum: number;
  state: BackupState;
  method: BackupMethod | null;
  label: string | null;
  repository: number | null;
  hasErrors: boolean;
  stanzaId: string | null;
  stanzaName: string | null;
  dependsOn: string[];
  timeline: number | null;
  walFirst: string | null;
  walLast: string | null;
  pinnedAt: string | null;
  pinnedByName: string | null;
  pinReason: string | null;
  holdUntil: string | null;
  goneAt: string | null;
  goneWhy: string | null;
  /** `on` where the server's pages have checksums; null while that is not known. */
  pageChecksums: string | null;
  /** Names of the storages that a whole copy of it is in. */
  uploadedTo: string[];
  startedAt: string;
  finishedAt: string;
  seconds: number;
  facts: JsonObject;
}

/** Stored backups, newest first; `before` is the id of the last one seen. */
export async function listBackups(
  db: Store,
  filter: {
    id?: string;
    clusterId?: string;
    database?: string;
    type?: 'logical' | 'physical';
    state?: BackupState;
    readyOnly?: boolean;
    before?: string;
    limit: number;
  },
): Promise<BackupRow[]> {
  const conditions = [sql`true`];
  if (filter.id) conditions.push(sql`backup.id = ${filter.id}`);
  if (filter.clusterId) conditions.push(sql`backup.cluster_id = ${filter.clusterId}`);
  if (filter.database !== undefined) conditions.push(sql`backup.database = ${filter.database}`);
  if (filter.type) conditions.push(sql`backup.type = ${filter.type}`);
  if (filter.readyOnly) conditions.push(sql`backup.state = 'ready'`);
  if (filter.state) conditions.push(sql`backup.state = ${filter.state}`);
  // By time, not by id: sets that were found in a repository got theirs when they were found.
  if (filter.before) {
    conditions.push(sql`
      (backup.finished_at, backup.id) < (select last.finished_at, last.id from backups as last where last.id = ${filter.before})`);
  }
  const { rows } = await sql<BackupRow>`
    select backup.id, backup.cluster_id as "clusterId", cluster.name as "clusterName",
      backup.instance_id as "instanceId", instance.name as "instanceName", backup.run_id as "runId",
      backup.type, backup.database, backup.path, backup.worker_name as "workerName", backup.bytes,
      backup.server_version_num as "serverVersionNum", backup.state, backup.method, backup.label,
      backup.repository, backup.has_errors as "hasErrors", backup.stanza_id as "stanzaId",
      stanza.name as "stanzaName", backup.depends_on as "dependsOn", backup.timeline, backup.wal_first as "walFirst",
      backup.wal_last as "walLast", backup.pinned_at as "pinnedAt", backup.pinned_by_name as "pinnedByName",
      backup.pin_reason as "pinReason", backup.hold_until as "holdUntil", backup.gone_at as "goneAt",
      backup.gone_why as "goneWhy", instance.facts -> 'settings' ->> 'data_checksums' as "pageChecksums",
      array(
        select storage.name
        from backup_uploads as upload
        join storages as storage on storage.id = upload.storage_id
        where upload.backup_id = backup.id and upload.state = 'ready'
        order by storage.name
      ) as "uploadedTo",
      backup.started_at as "startedAt", backup.finished_at as "finishedAt",
      round(extract(epoch from backup.finished_at - backup.started_at)::numeric, 1)::float8 as seconds,
      backup.facts
    from backups as backup
    join clusters as cluster on cluster.id = backup.cluster_id
    left join instances as instance on instance.id = backup.instance_id
    left join stanzas as stanza on stanza.id = backup.stanza_id
    where ${sql.join(conditions, sql` and `)}
    order by backup.finished_at desc, backup.id desc
    limit ${filter.limit}`.execute(db);
  return rows;
}
