import { type Selectable, sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { OwnCheck } from '@/lib/contract/own-checks';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type OwnCheckRow = Selectable<Database['own_checks']>;
export type OwnCheckVersionRow = Selectable<Database['own_check_versions']>;
export type TrialRow = Selectable<Database['own_check_trials']>;

/** A trial that passed longer ago says little of the server of today. */
const trialHoldsHours = 24;

/** Checks that people wrote, by name; removed ones only when asked for. */
export function listOwnChecks(db: Store, options: { removed: boolean }): Promise<OwnCheckRow[]> {
  let query = db.selectFrom('own_checks').selectAll().orderBy('name');
  if (!options.removed) query = query.where('removed_at', 'is', null);
  return query.execute();
}

export function findOwnCheck(db: Store, name: string, lock?: 'lock'): Promise<OwnCheckRow | undefined> {
  const query = db.selectFrom('own_checks').selectAll().where('name', '=', name);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

export function versionsOfOwnCheck(db: Store, name: string): Promise<OwnCheckVersionRow[]> {
  return db
    .selectFrom('own_check_versions')
    .selectAll()
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(200)
    .execute();
}

/** Writes a new version and makes it the one that counts. A removed check of this name goes on with its history. */
export async function storeOwnCheck(
  trx: Store,
  check: { definition: OwnCheck; version: number; enabled: boolean; by: string },
): Promise<void> {
  const { definition, version, enabled, by } = check;
  const { name } = definition;
  const text = JSON.stringify(definition);
  await trx
    .insertInto('own_checks')
    .values({ name, version, definition: text, enabled, updated_by_name: by })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({
        ...{ version, definition: text, enabled, updated_by_name: by },
        updated_at: sql<string>`clock_timestamp()`,
        removed_at: null,
      }),
    )
    .execute();
  await trx
    .insertInto('own_check_versions')
    .values({ name, version, definition: text, made_by_name: by })
    .execute();
}

/** Switches it on or off, or takes it out of all lists. */
export async function markOwnCheck(
  trx: Store,
  name: string,
  change: { enabled: boolean; removed?: true; by: string },
): Promise<void> {
  await trx
    .updateTable('own_checks')
    .set({
      enabled: change.enabled,
      updated_by_name: change.by,
      updated_at: sql`clock_timestamp()`,
      ...(change.removed && { removed_at: sql<string>`clock_timestamp()` }),
    })
    .where('name', '=', name)
    .execute();
}

export async function insertTrial(
  trx: Store,
  trial: { instanceId: string; database: string | null; definition: OwnCheck; askedHash: string; by: string },
): Promise<string> {
  const id = newId();
  await trx
    .insertInto('own_check_trials')
    .values({
      id,
      instance_id: trial.instanceId,
      database: trial.database,
      definition: JSON.stringify(trial.definition),
      asked_hash: trial.askedHash,
      requested_by: trial.by,
    })
    .execute();
  return id;
}

export function findTrial(db: Store, id: string): Promise<TrialRow | undefined> {
  return db.selectFrom('own_check_trials').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Which of these have passed a trial within a day, and on which server last. */
export async function passedTrials(
  db: Store,
  hashes: readonly string[],
): Promise<Map<string, { instanceId: string; pool: string }>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom('own_check_trials as trial')
    .innerJoin('instances as instance', 'instance.id', 'trial.instance_id')
    .select(['trial.asked_hash', 'instance.id as instanceId', 'instance.pool'])
    .where('trial.asked_hash', 'in', [...new Set(hashes)])
    .where('trial.ok', '=', true)
    .where('trial.finished_at', '>', sql<string>`now() - make_interval(hours => ${trialHoldsHours})`)
    .orderBy('trial.finished_at')
    .execute();
  return new Map(rows.map(({ asked_hash: hash, ...where }) => [hash, where]));
}

/** Takes a requested trial: undefined when somebody else has, or when there is none. */
export function claimTrial(db: Store, id: string): Promise<TrialRow | undefined> {
  return db
    .updateTable('own_check_trials')
    .set({ state: 'running', started_at: sql`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .returningAll()
    .executeTakeFirst();
}

export async function finishTrial(
  db: Store,
  id: string,
  ok: boolean,
  result: JsonObject | null,
): Promise<void> {
  await db
    .updateTable('own_check_trials')
    .set({ state: 'done', finished_at: sql`clock_timestamp()`, ok, result: result && JSON.stringify(result) })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
}

/** Trials of these pools whose wake-up was lost; those of a dead worker are ended, and old ones are deleted. */
export async function sweepTrials(
  db: Store,
  pools: readonly string[],
  deadAfterSeconds: number,
): Promise<string[]> {
  await db
    .updateTable('own_check_trials')
    .set({ state: 'done', finished_at: sql`clock_timestamp()`, ok: false })
    .where('state', '=', 'running')
    .where('started_at', '<', sql<string>`now() - make_interval(secs => ${deadAfterSeconds})`)
    .execute();
  await db
    .deleteFrom('own_check_trials')
    .where('requested_at', '<', sql<string>`now() - interval '7 days'`)
    .execute();
  const waiting = await db
    .selectFrom('own_check_trials as trial')
    .innerJoin('instances as instance', 'instance.id', 'trial.instance_id')
    .select('trial.id')
    .where('trial.state', '=', 'requested')
    .where('instance.pool', 'in', [...pools])
    .where('trial.requested_at', '<', sql<string>`now() - interval '2 seconds'`)
    .limit(20)
    .execute();
  return waiting.map(({ id }) => id);
}

/**
 * Closes and forgets what checks left behind that are switched off, removed, or asked elsewhere now. Samples stay:
 * that is the history.
 */
export async function forgetOldOwnChecks(db: Store, prefix: string): Promise<void> {
  const stillAsked = sql`
    select
    from own_checks as own
    join instances as instance on instance.id = seen.instance_id
    join clusters as cluster on cluster.id = instance.cluster_id
    where seen.check_id = ${prefix} || own.name
      and own.enabled
      and own.removed_at is null
      and (own.definition ->> 'target' = 'database') = (seen.database <> '')
      and (own.definition -> 'clusters' = '[]'::jsonb
        or exists (select from jsonb_array_elements_text(own.definition -> 'clusters') as listed (cluster_name)
          where lower(listed.cluster_name) = lower(cluster.name)))
      and (seen.database = ''
        or own.definition -> 'databases' = '[]'::jsonb
        or own.definition -> 'databases' ? seen.database)`;
  await sql`
    update findings as seen
    set closed_at = clock_timestamp()
    where closed_at is null
      and check_id like ${`${prefix}%`}
      and not exists (${stillAsked})`.execute(db);
  await sql`
    delete from check_results as seen
    where check_id like ${`${prefix}%`}
      and not exists (${stillAsked})`.execute(db);
}
