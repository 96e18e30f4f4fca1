import { type RawBuilder, sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { Store } from '@/lib/store/db';

/**
 * What is muted: one object of one check. What belongs to a database belongs to the cluster, on whichever server it is
 * found; what belongs to a server has that.
 */
export interface MutedObject {
  checkId: string;
  clusterId: string;
  instanceId: string | null;
  database: string;
  key: string;
  object: string;
}

/**
 * The mute that holds for a finding now, as a condition on `finding_mutes as mute`.
 *
 * @param finding the name that the findings have in the query.
 */
export function muteOf(finding: string): RawBuilder<boolean> {
  const of = (column: string) => sql.ref(`${finding}.${column}`);
  return sql<boolean>`(
    mute.ended_at is null
    and mute.until > now()
    and mute.check_id = ${of('check_id')}
    and mute.cluster_id = ${of('cluster_id')}
    and (mute.instance_id is null or mute.instance_id = ${of('instance_id')})
    and mute.database = ${of('database')}
    and mute.key = ${of('key')})`;
}

/** Whether a finding is muted now. */
export function isMuted(finding: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select from finding_mutes as mute where ${muteOf(finding)})`;
}

export interface MuteRow extends MutedObject {
  id: string;
  clusterName: string;
  instanceName: string | null;
  reason: string;
  mutedAt: string;
  mutedByName: string;
  until: string;
  endedAt: string | null;
  endedByName: string | null;
  /** A finding of this object is open now; its sentence and level. */
  sentence: string | null;
  level: 'warn' | 'crit' | 'unknown' | null;
}

/** Mutes that hold now, those that end first in front; or the newest that are over. */
export async function listMutes(
  db: Store,
  filter: { clusterId?: string | undefined; state: 'active' | 'over'; limit: number },
): Promise<MuteRow[]> {
  const isActive = filter.state === 'active';
  const holds = isActive
    ? sql`mute.ended_at is null and mute.until > now()`
    : sql`(mute.ended_at is not null or mute.until <= now())`;
  const ofCluster = filter.clusterId ? sql`and mute.cluster_id = ${filter.clusterId}` : sql``;
  const { rows } = await sql<MuteRow>`
    select
      mute.id,
      mute.check_id as "checkId",
      mute.cluster_id as "clusterId",
      cluster.name as "clusterName",
      mute.instance_id as "instanceId",
      instance.name as "instanceName",
      mute.database,
      mute.key,
      mute.object,
      mute.reason,
      mute.muted_at as "mutedAt",
      mute.muted_by_name as "mutedByName",
      mute.until,
      coalesce(mute.ended_at, case when mute.until <= now() then mute.until end) as "endedAt",
      mute.ended_by_name as "endedByName",
      open.sentence,
      open.level
    from finding_mutes as mute
    join clusters as cluster on cluster.id = mute.cluster_id
    left join instances as instance on instance.id = mute.instance_id
    left join lateral (
      select finding.sentence, finding.level
      from findings as finding
      where finding.closed_at is null
        and ${muteOf('finding')}
      order by case finding.level when 'crit' then 0 when 'warn' then 1 else 2 end
      limit 1
    ) as open on true
    where ${holds}
      and cluster.removed_at is null
      and instance.state is distinct from 'removed'
      ${ofCluster}
    order by ${isActive ? sql`mute.until, mute.id` : sql`mute.id desc`}
    limit ${filter.limit}`.execute(db);
  return rows;
}

/** One finding with what names its object; undefined when there is none. */
export function findFinding(db: Store, id: string) {
  return db
    .selectFrom('findings')
    .select(['id', 'check_id', 'cluster_id', 'instance_id', 'database', 'key', 'object', 'sentence'])
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface NewMute extends MutedObject {
  reason: string;
  /** ISO 8601. */
  until: string;
  by: { id: string | null; name: string };
}

/** Mutes an object; a mute that it has already is ended for this one. @returns the new one's id. */
export async function insertMute(db: Store, mute: NewMute): Promise<string> {
  await sql`
    update finding_mutes
    set ended_at = least(until, now()),
        ended_by_name = case when until > now() then ${mute.by.name} end
    where ended_at is null
      and check_id = ${mute.checkId}
      and cluster_id = ${mute.clusterId}
      and instance_id is not distinct from ${mute.instanceId}::uuid
      and database = ${mute.database}
      and key = ${mute.key}`.execute(db);
  const id = newId();
  await db
    .insertInto('finding_mutes')
    .values({
      id,
      check_id: mute.checkId,
      cluster_id: mute.clusterId,
      instance_id: mute.instanceId,
      database: mute.database,
      key: mute.key,
      object: mute.object,
      reason: mute.reason,
      until: mute.until,
      muted_by: mute.by.id,
      muted_by_name: mute.by.name,
    })
    .execute();
  return id;
}

/** Ends a mute that still holds. @returns what it was about, or undefined when there is none or it is over. */
export async function endMute(
  db: Store,
  id: string,
  byName: string,
): Promise<(MutedObject & { reason: string }) | undefined> {
  const { rows } = await sql<MutedObject & { reason: string }>`
    update finding_mutes
    set ended_at = now(),
        ended_by_name = ${byName}
    where id = ${id}
      and ended_at is null
      and until > now()
    returning check_id as "checkId", cluster_id as "clusterId", instance_id as "instanceId", database, key, object,
      reason`.execute(db);
  return rows[0];
}
