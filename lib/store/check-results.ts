import { sql } from 'kysely';
import type { CheckRow } from '@/lib/engine/define-check';
import type { ClusterRows } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

export type CheckResultState = 'ok' | 'unknown' | 'timeout' | 'error';

export interface NewCheckResult {
  checkId: string;
  /** Empty for a check of the whole instance. */
  database: string;
  state: CheckResultState;
  reason: string | null;
  mend: string | null;
  /** Of the server, where they may hold values: shown only to people who may see literals. */
  words?: string;
  /** Undefined keeps the rows that are stored: what was last seen stays readable, with its state saying why it is old. */
  rows: readonly CheckRow[] | undefined;
  durationMs: number;
  /** How many rows are kept; `rowsAtMost` unless said. */
  keepRows?: number;
}

/** A list longer than this is no longer read by anybody; the check's SQL orders what matters to the front. */
export const rowsAtMost = 1000;

/** Writes what checks of one instance saw at a moment (ISO 8601), in one statement. */
export async function recordResults(
  db: Store,
  instanceId: string,
  at: string,
  results: readonly NewCheckResult[],
): Promise<void> {
  if (results.length === 0) return;
  const document = results.map((result) => ({
    check_id: result.checkId,
    database: result.database,
    state: result.state,
    reason: result.reason,
    mend: result.mend,
    words: result.words ?? null,
    rows: result.rows?.slice(0, result.keepRows ?? rowsAtMost) ?? null,
    duration_ms: result.durationMs,
  }));
  await sql`
    insert into check_results as old (check_id, instance_id, database, state, reason, mend, words, rows, observed_at, duration_ms)
    select check_id, ${instanceId}::uuid, database, state, reason, mend, words, coalesce(rows, '[]'), ${at}::timestamptz,
      duration_ms
    from jsonb_to_recordset(${JSON.stringify(document)}::jsonb)
      as new (check_id text, database text, state text, reason text, mend text, words text, rows jsonb, duration_ms float8)
    on conflict (check_id, instance_id, database) do update
    set state = excluded.state,
        reason = excluded.reason,
        mend = excluded.mend,
        words = excluded.words,
        rows = case when excluded.state = 'ok' then excluded.rows else old.rows end,
        observed_at = excluded.observed_at,
        duration_ms = excluded.duration_ms`.execute(db);
}

/** Newest rows of a check on the other instances of a cluster, by instance id: only those that could be measured. */
export async function peerRows(
  db: Store,
  clusterId: string,
  instanceId: string,
  checkId: string,
  database: string,
): Promise<Record<string, CheckRow[]>> {
  const rows = await db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select(['result.instance_id', 'result.rows'])
    .where('instance.cluster_id', '=', clusterId)
    .where('instance.state', '=', 'active')
    .where('instance.id', '<>', instanceId)
    .where('result.check_id', '=', checkId)
    .where('result.database', '=', database)
    .where('result.state', '=', 'ok')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.instance_id, row.rows]));
}

/** Newest good rows of a check on each active instance of a cluster, primaries first. */
export async function clusterRows(
  db: Store,
  clusterId: string,
  checkId: string,
  database: string,
): Promise<ClusterRows[]> {
  return db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select([
      'instance.name as instanceName',
      'instance.role',
      'result.rows',
      'result.observed_at as observedAt',
    ])
    .where('instance.cluster_id', '=', clusterId)
    .where('instance.state', '=', 'active')
    .where('result.check_id', '=', checkId)
    .where('result.database', '=', database)
    .where('result.state', '=', 'ok')
    .orderBy('instance.role')
    .orderBy('instance.name')
    .execute();
}

/** Rows of a check as they were last measured; undefined when they never were. */
export async function storedRows(
  db: Store,
  instanceId: string,
  checkId: string,
  database: string,
): Promise<CheckRow[] | undefined> {
  const row = await db
    .selectFrom('check_results')
    .select('rows')
    .where('instance_id', '=', instanceId)
    .where('check_id', '=', checkId)
    .where('database', '=', database)
    .executeTakeFirst();
  return row && row.rows.length > 0 ? row.rows : undefined;
}

/** Forgets results that no longer mean anything: checks that do not run at this role, databases that are gone. */
export async function forgetResults(
  db: Store,
  instanceId: string,
  which: { checkIds: readonly string[] } | { databases: readonly string[] },
): Promise<void> {
  const query = db.deleteFrom('check_results').where('instance_id', '=', instanceId);
  if ('checkIds' in which) {
    if (which.checkIds.length > 0) await query.where('check_id', 'in', [...which.checkIds]).execute();
  } else if (which.databases.length > 0) {
    await query.where('database', 'in', [...which.databases]).execute();
  }
}

/** Databases of an instance that results are stored of. */
export async function databasesWithResults(db: Store, instanceId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('check_results')
    .select('database')
    .distinct()
    .where('instance_id', '=', instanceId)
    .where('database', '<>', '')
    .execute();
  return rows.map((row) => row.database);
}

export interface StoredResult {
  check_id: string;
  instance_id: string;
  database: string;
  state: CheckResultState;
  reason: string | null;
  mend: string | null;
  words: string | null;
  rows: CheckRow[];
  observed_at: string;
  duration_ms: number;
}

/** What checks last saw on an instance; `rows` empty when they are not asked for, or not of this check. */
export async function resultsOf(
  db: Store,
  instanceId: string,
  options: { checkIds?: readonly string[]; rows: boolean | readonly string[] },
): Promise<StoredResult[]> {
  const { rows } = options;
  const shown =
    typeof rows === 'boolean'
      ? sql<CheckRow[]>`${rows ? sql`rows` : sql`'[]'::jsonb`}`
      : sql<CheckRow[]>`case when check_id = any (${[...rows]}::text[]) then rows else '[]' end`;
  let query = db
    .selectFrom('check_results')
    .select(['check_id', 'instance_id', 'database', 'state', 'reason', 'mend', 'words'])
    .select(['observed_at', 'duration_ms'])
    .select(shown.as('rows'))
    .where('instance_id', '=', instanceId)
    .orderBy('check_id')
    .orderBy('database');
  if (options.checkIds) query = query.where('check_id', 'in', [...options.checkIds]);
  return query.execute();
}
