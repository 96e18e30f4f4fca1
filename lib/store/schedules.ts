import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

export interface ScheduleRow {
  id: string;
  clusterId: string;
  clusterName: string;
  kind: string;
  definitionVersion: number;
  input: JsonObject;
  cron: string;
  zone: string;
  missed: 'run-once' | 'skip';
  enabled: boolean;
  nextFireAt: string | null;
  createdByName: string;
  createdAt: string;
}

/** Schedules that were not removed, by cluster and kind. */
export async function listSchedules(
  db: Store,
  filter: { id?: string; clusterId?: string } = {},
): Promise<ScheduleRow[]> {
  let query = db
    .selectFrom('schedules as schedule')
    .innerJoin('clusters as cluster', 'cluster.id', 'schedule.cluster_id')
    .select([
      'schedule.id',
      'schedule.cluster_id as clusterId',
      'cluster.name as clusterName',
      'schedule.kind',
      'schedule.definition_version as definitionVersion',
      'schedule.input',
      'schedule.cron',
      'schedule.zone',
      'schedule.missed',
      'schedule.enabled',
      'schedule.next_fire_at as nextFireAt',
      'schedule.created_by_name as createdByName',
      'schedule.created_at as createdAt',
    ])
    .where('schedule.removed_at', 'is', null);
  if (filter.id) query = query.where('schedule.id', '=', filter.id);
  if (filter.clusterId) query = query.where('schedule.cluster_id', '=', filter.clusterId);
  return query.orderBy('cluster.name').orderBy('schedule.kind').orderBy('schedule.id').limit(1000).execute();
}

export interface FiringRow {
  scheduleId: string;
  fireTime: string;
  firedAt: string;
  outcome: 'planning' | 'started' | 'blocked' | 'failed' | 'skipped';
  reason: string | null;
  planId: string | null;
  runId: string | null;
  runState: string | null;
}

/** What schedules did, newest first: the last `each` firings of every one. */
export async function firingsOf(
  db: Store,
  scheduleIds: readonly string[],
  each: number,
): Promise<FiringRow[]> {
  if (scheduleIds.length === 0) return [];
  const { rows } = await sql<FiringRow>`
    select firing.schedule_id as "scheduleId", firing.fire_time as "fireTime", firing.fired_at as "firedAt",
      firing.outcome, firing.reason, firing.plan_id as "planId", firing.run_id as "runId", run.state as "runState"
    from unnest(${scheduleIds}::uuid[]) as schedule (id)
    cross join lateral (
      select *
      from schedule_firings
      where schedule_id = schedule.id
      order by fire_time desc
      limit ${each}
    ) as firing
    left join runs as run on run.id = firing.run_id
    order by firing.fire_time desc`.execute(db);
  return rows;
}

export interface NewScheduleRow {
  clusterId: string;
  kind: string;
  definitionVersion: number;
  input: JsonObject;
  cron: string;
  zone: string;
  missed: 'run-once' | 'skip';
  nextFireAt: Date;
  createdBy: string | null;
  createdByName: string;
}

export async function insertSchedule(trx: Store, row: NewScheduleRow): Promise<string> {
  const id = newId();
  await trx
    .insertInto('schedules')
    .values({
      id,
      cluster_id: row.clusterId,
      kind: row.kind,
      definition_version: row.definitionVersion,
      input: JSON.stringify(row.input),
      cron: row.cron,
      zone: row.zone,
      missed: row.missed,
      next_fire_at: row.nextFireAt,
      created_by: row.createdBy,
      created_by_name: row.createdByName,
    })
    .execute();
  await hintNow(trx, 'schedule', id);
  return id;
}

export async function updateSchedule(
  trx: Store,
  id: string,
  change: {
    enabled?: boolean;
    cron?: string;
    zone?: string;
    missed?: 'run-once' | 'skip';
    definitionVersion?: number;
    nextFireAt?: Date;
    removed?: true;
  },
): Promise<void> {
  await trx
    .updateTable('schedules')
    .set({
      enabled: change.enabled,
      cron: change.cron,
      zone: change.zone,
      missed: change.missed,
      definition_version: change.definitionVersion,
      next_fire_at: change.nextFireAt,
      ...(change.removed && { removed_at: sql<string>`now()` }),
    })
    .where('id', '=', id)
    .execute();
  await hintNow(trx, 'schedule', id);
}
