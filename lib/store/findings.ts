import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { CheckRow, Level } from '@/lib/engine/define-check';
import type { Store } from '@/lib/store/db';

export interface NewFinding {
  key: string;
  judged: string;
  object: string;
  level: Exclude<Level, 'ok'>;
  sentence: string;
  mend: string | null;
  row: CheckRow;
}

export interface FindingPlace {
  checkId: string;
  clusterId: string;
  instanceId: string;
  /** Empty for a check of the whole instance. */
  database: string;
}

/**
 * Opens findings that are new, refreshes those that are open, in one statement. The same key and judgement stay the
 * same finding while it is open; `changed_at` moves with its level only.
 *
 * @returns true when something opened or changed its level.
 */
export async function recordFindings(
  db: Store,
  place: FindingPlace,
  at: string,
  found: readonly NewFinding[],
): Promise<boolean> {
  if (found.length === 0) return false;
  const document = found.map((finding) => ({ id: newId(), ...finding }));
  const { rows } = await sql<{ moved: boolean }>`
    insert into findings as open (id, check_id, cluster_id, instance_id, database, key, object, judged, level, sentence,
      mend, "row", opened_at, changed_at, last_seen_at)
    select id::uuid, ${place.checkId}, ${place.clusterId}::uuid, ${place.instanceId}::uuid, ${place.database}, key,
      object, judged, level, sentence, mend, "row", ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(document)}::jsonb)
      as new (id text, key text, judged text, object text, level text, sentence text, mend text, "row" jsonb)
    on conflict (check_id, instance_id, database, key, judged) where closed_at is null do update
    set level = excluded.level,
        sentence = excluded.sentence,
        mend = excluded.mend,
        object = excluded.object,
        "row" = excluded."row",
        cluster_id = excluded.cluster_id,
        changed_at = case when open.level = excluded.level then open.changed_at else excluded.changed_at end,
        last_seen_at = excluded.last_seen_at
    returning changed_at = ${at}::timestamptz as moved`.execute(db);
  return rows.some((row) => row.moved);
}

/**
 * Closes open findings of one place: those named by `judged key` pairs, or all of them.
 *
 * @returns how many were closed.
 */
export async function closeFindings(
  db: Store,
  place: { instanceId: string; checkId?: string; checkIds?: readonly string[]; database?: string },
  at: string,
  names?: readonly string[],
): Promise<number> {
  let query = db
    .updateTable('findings')
    .set({ closed_at: at })
    .where('instance_id', '=', place.instanceId)
    .where('closed_at', 'is', null);
  if (place.checkId !== undefined) query = query.where('check_id', '=', place.checkId);
  if (place.checkIds !== undefined) {
    if (place.checkIds.length === 0) return 0;
    query = query.where('check_id', 'in', [...place.checkIds]);
  }
  if (place.database !== undefined) query = query.where('database', '=', place.database);
  if (names !== undefined) {
    if (names.length === 0) return 0;
    query = query.where(sql<string>`judged || ' ' || key`, 'in', [...names]);
  }
  const result = await query.executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export interface OpenFinding {
  checkId: string;
  database: string;
  key: string;
  judged: string;
  level: Exclude<Level, 'ok'>;
}

/** What stands open on an instance: what a collector starts from after a restart. */
export async function openFindingsOf(db: Store, instanceId: string): Promise<OpenFinding[]> {
  const rows = await db
    .selectFrom('findings')
    .select(['check_id', 'database', 'key', 'judged', 'level'])
    .where('instance_id', '=', instanceId)
    .where('closed_at', 'is', null)
    .execute();
  return rows.map((row) => ({
    checkId: row.check_id,
    database: row.database,
    key: row.key,
    judged: row.judged,
    level: row.level,
  }));
}
