import type { CriterionContext } from '@/lib/engine/define-criterion';
import type { JsonObject } from '@/lib/engine/define-job';
import { gapText } from '@/lib/engine/wal-continuity';
import { type ClusterReader, readPercentile, readSums } from '@/lib/store/criterion-windows';
import type { Store } from '@/lib/store/db';
import { escrowsOfCluster } from '@/lib/store/escrows';
import { clusterRecovery } from '@/lib/store/recovery-window';

/**
 * What a criterion may ask about one cluster, answered from what is stored. Windows end at `now`. Removed instances
 * still count in sums over time (the history is the cluster's) but not in what stands now.
 */
export async function openCriterionContext(
  db: Store,
  clusterId: string,
  now: Date,
): Promise<CriterionContext> {
  const cluster = await db
    .selectFrom('clusters')
    .select(['id', 'name', 'environment', 'rto_seconds as rtoSeconds', 'rpo_seconds as rpoSeconds'])
    .where('id', '=', clusterId)
    .executeTakeFirstOrThrow();
  const instances = await db
    .selectFrom('instances')
    .select(['id', 'name', 'role'])
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'active')
    .orderBy('name')
    .execute();
  const reader = { db, clusterId, now, instanceIds: instances.map((instance) => instance.id) };
  return {
    cluster,
    instances,
    now,
    sums: (check, columns, windowSeconds) => readSums(reader, check, columns, windowSeconds),
    percentile: (check, column, windowSeconds, fraction) =>
      readPercentile(reader, check, column, windowSeconds, fraction),
    latestRows: (check) => readLatestRows(reader, check),
    latestEvidence: (type) => readLatestEvidence(reader, type),
    databases: (check) => readDatabases(reader, instances, check),
    backups: () => readBackups(reader),
    recovery: () => readRecovery(reader),
    escrows: () => escrowsOfCluster(db, clusterId),
    connections: () => readConnections(reader),
  };
}

async function readLatestRows(
  { db, instanceIds }: ClusterReader,
  check: string,
): ReturnType<CriterionContext['latestRows']> {
  if (instanceIds.length === 0) return [];
  const results = await db
    .selectFrom('check_results')
    .select(['instance_id', 'database', 'state', 'reason', 'mend', 'rows', 'observed_at'])
    .where('check_id', '=', check)
    .where('instance_id', 'in', instanceIds)
    .orderBy('instance_id')
    .orderBy('database')
    .execute();
  return results.map((result) => ({
    instanceId: result.instance_id,
    database: result.database === '' ? null : result.database,
    state: result.state,
    reason: result.reason,
    mend: result.mend,
    rows: result.rows,
    at: result.observed_at,
  }));
}

async function readLatestEvidence(
  { db, clusterId }: ClusterReader,
  type: string,
): ReturnType<CriterionContext['latestEvidence']> {
  const rows = await db
    .selectFrom('evidence')
    .distinctOn(['database'])
    .select(['id', 'run_id', 'backup_id', 'verdict', 'facts', 'observed_at', 'database'])
    .where('cluster_id', '=', clusterId)
    .where('type', '=', type)
    .orderBy('database')
    .orderBy('observed_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    runId: row.run_id,
    backupId: row.backup_id,
    verdict: row.verdict,
    facts: row.facts,
    observedAt: row.observed_at,
    database: row.database,
  }));
}

/** What initdb leaves in `postgres` is some 8 MB: below this it holds nothing of anybody's. */
const untouchedBytes = 16 * 1024 * 1024;

/** As the check last saw them on the primary; on any instance while no primary is known. */
async function readDatabases(
  reader: ClusterReader,
  instances: CriterionContext['instances'],
  check: string,
): ReturnType<CriterionContext['databases']> {
  const answers = (await readLatestRows(reader, check)).filter(({ state }) => state === 'ok');
  const primary = instances.find(({ role }) => role === 'primary')?.id;
  const answer = answers.find(({ instanceId }) => instanceId === primary) ?? answers[0];
  if (!answer) return undefined;
  const names = answer.rows
    .filter(({ database, bytes }) => database !== 'postgres' || Number(bytes) > untouchedBytes)
    .map(({ database }) => String(database))
    .sort();
  return { names, at: answer.at };
}

async function readBackups({ db, clusterId }: ClusterReader): ReturnType<CriterionContext['backups']> {
  const rows = await db
    .selectFrom('backups')
    .select(['id', 'database', 'finished_at', 'run_id', 'bytes'])
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'ready')
    .orderBy('finished_at', 'desc')
    .limit(1000)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    database: row.database,
    finishedAt: row.finished_at,
    runId: row.run_id,
    bytes: row.bytes,
  }));
}

async function readRecovery({ db, clusterId }: ClusterReader): ReturnType<CriterionContext['recovery']> {
  const { stanza, repositories, reachable, sets, restorableIds } = await clusterRecovery(db, clusterId);
  if (stanza?.state !== 'active') return undefined;
  const iso = (at: number) => new Date(at * 1000).toISOString();
  const looks = repositories.map(({ look }) => look.lookedAt);
  const holes = repositories.flatMap(({ look, windows }) =>
    (windows[0]?.archiveHoles ?? [])
      .filter(({ isByRetention }) => !isByRetention)
      .map((hole) => ({ isOpen: hole.healedAt === null, text: gapText(hole, look.segmentBytes) })),
  );
  const dropped = repositories.flatMap(({ look }) =>
    look.holdsBelieved === false && look.believed !== null ? [look.believed] : [],
  );
  const newest = sets.find(({ id }) => restorableIds.has(id));
  return {
    lookedAt: looks.includes(null) ? null : (looks.flatMap((at) => at ?? []).sort()[0] ?? null),
    problem: stanza.problem,
    reachable: reachable.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
    openHoles: [...holes.filter(({ isOpen }) => isOpen).map(({ text }) => text), ...dropped],
    healedHoles: holes.filter(({ isOpen }) => !isOpen).map(({ text }) => text),
    newestSet: newest ? { id: newest.id, label: newest.label, finishedAt: iso(newest.stoppedAt) } : null,
  };
}

/** The newer of what the last test saw of a login and, for the watch login, of what collecting sees at each tick. */
async function readConnections({
  db,
  instanceIds,
}: ClusterReader): ReturnType<CriterionContext['connections']> {
  if (instanceIds.length === 0) return [];
  const rows = await db
    .selectFrom('instance_logins as login')
    .innerJoin('instances as instance', 'instance.id', 'login.instance_id')
    .select(['instance.id', 'instance.tls_mode', 'instance.facts', 'instance.facts_at'])
    .select(['login.purpose', 'login.username', 'login.tested', 'login.tested_at'])
    .where('instance.id', 'in', instanceIds)
    .orderBy('instance.id')
    .orderBy('login.purpose')
    .execute();
  return rows.map((row) => {
    const tested = seenIn(row.tested, row.tested_at);
    const collected = row.purpose === 'watch' ? seenIn(row.facts, row.facts_at) : null;
    const newest = [tested, collected]
      .filter((seen) => seen !== null)
      .sort((left, right) => right.observedAt.localeCompare(left.observedAt))[0];
    return {
      instanceId: row.id,
      purpose: row.purpose,
      username: row.username,
      tlsMode: row.tls_mode,
      seen: newest ?? null,
    };
  });
}

function seenIn(facts: JsonObject | null, observedAt: string | null) {
  const { tls, superuser } = facts ?? {};
  if (typeof tls !== 'boolean' || typeof superuser !== 'boolean' || observedAt === null) return null;
  return { tls, superuser, observedAt };
}
