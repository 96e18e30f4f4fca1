import { sql } from 'kysely';
import type { CriterionContext } from '@/lib/engine/define-criterion';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

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
    .select(['id', 'name', 'environment'])
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
    connections: () => readConnections(reader),
  };
}

interface Reader {
  db: Store;
  clusterId: string;
  now: Date;
  instanceIds: string[];
}

/** The place of a named column in a sample, as SQL; null where the series does not keep it. */
function valueIn(column: string) {
  return sql<number | null>`m.values[array_position(s.columns, ${column})]`;
}

const iso = (expression: ReturnType<typeof sql>) =>
  sql<string>`to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

async function readSums(
  { db, clusterId, now }: Reader,
  check: string,
  columns: readonly string[],
  windowSeconds: number,
): ReturnType<CriterionContext['sums']> {
  const sums = columns.map(
    (column, index) => sql`sum(${valueIn(column)})::float8 as ${sql.id(`sum_${index}`)}`,
  );
  const { rows } = await sql<Record<string, number | string | null>>`
    select
      ${sql.join(sums)},
      sum(m.seconds)::float8 as seconds,
      ${iso(sql`min(m.at)`)} as first_at,
      ${iso(sql`max(m.at)`)} as last_at
    from series s
    join samples m on m.series_id = s.id
    where s.cluster_id = ${clusterId}
      and s.check_id = ${check}
      and m.at > ${now.toISOString()}::timestamptz - make_interval(secs => ${windowSeconds})
      and m.at <= ${now.toISOString()}::timestamptz
    group by s.id`.execute(db);
  if (rows.length === 0) return undefined;
  const texts = (name: string) => rows.map((row) => String(row[name])).sort();
  const total = (name: string) => rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  // Each reading says the seconds that it covers; the series that was read longest stands for the check.
  const longest = Math.max(...rows.map((row) => Number(row.seconds ?? 0)));
  return {
    sums: Object.fromEntries(columns.map((column, index) => [column, total(`sum_${index}`)])),
    from: texts('first_at')[0] as string,
    to: texts('last_at').at(-1) as string,
    coverage: Math.min(1, longest / windowSeconds),
  };
}

async function readPercentile(
  { db, clusterId, now, instanceIds }: Reader,
  check: string,
  column: string | { of: readonly string[]; over: readonly string[] },
  windowSeconds: number,
  fraction: number,
): ReturnType<CriterionContext['percentile']> {
  if (instanceIds.length === 0) return undefined;
  const plus = (names: readonly string[]) =>
    sql.join(
      names.map((name) => sql`coalesce(${valueIn(name)}, 0)`),
      sql` + `,
    );
  const measure =
    typeof column === 'string'
      ? valueIn(column)
      : sql<number>`100.0 * (${plus(column.of)}) / nullif(${plus(column.over)}, 0)`;
  const { rows } = await sql<{
    value: number;
    instance_id: string;
    from: string;
    to: string;
    samples: number;
  }>`
    select
      s.instance_id::text as instance_id,
      (percentile_disc(${fraction}) within group (order by ${measure}))::float8 as value,
      ${iso(sql`min(m.at)`)} as "from",
      ${iso(sql`max(m.at)`)} as "to",
      count(${measure})::int4 as samples
    from series s
    join samples m on m.series_id = s.id
    where s.cluster_id = ${clusterId}
      and s.check_id = ${check}
      and s.instance_id = any(${instanceIds}::uuid[])
      and m.at > ${now.toISOString()}::timestamptz - make_interval(secs => ${windowSeconds})
      and m.at <= ${now.toISOString()}::timestamptz
    group by s.instance_id, s.id
    having count(${measure}) > 0
    order by value desc
    limit 1`.execute(db);
  const worst = rows[0];
  if (!worst) return undefined;
  return {
    value: worst.value,
    instanceId: worst.instance_id,
    from: worst.from,
    to: worst.to,
    samples: worst.samples,
  };
}

async function readLatestRows(
  { db, instanceIds }: Reader,
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
  { db, clusterId }: Reader,
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
  reader: Reader,
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

async function readBackups({ db, clusterId }: Reader): ReturnType<CriterionContext['backups']> {
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

/** The newer of what the last test saw of a login and, for the watch login, of what collecting sees at each tick. */
async function readConnections({ db, instanceIds }: Reader): ReturnType<CriterionContext['connections']> {
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
