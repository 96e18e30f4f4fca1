import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** A schedule that should have made a backup by now and did not. */
export interface MissedSchedule {
  scheduleId: string;
  kind: string;
  cron: string;
  zone: string;
  /** Epoch seconds of the moment that was missed. */
  dueAt: number;
  /** Why, as far as it is known. */
  reason: string;
  runId: string | null;
}

/** So long after its moment a schedule that nobody fired was missed. */
const unfiredSeconds = 300;

/**
 * Schedules of a cluster, of these kinds, whose newest moment brought no run that succeeded, unless a run of the same
 * kind and input did since; one whose run still goes is not missed.
 */
export async function missedSchedules(
  db: Store,
  clusterId: string,
  kinds: readonly string[],
): Promise<MissedSchedule[]> {
  if (kinds.length === 0) return [];
  const { rows } = await sql<MissedSchedule>`
    select schedule.id as "scheduleId", schedule.kind, schedule.cron, schedule.zone,
      extract(epoch from case when late.is_late then schedule.next_fire_at else newest.fire_time end)::float8 as "dueAt",
      case
        when late.is_late then 'no worker was there to start it'
        when newest.outcome in ('blocked', 'failed', 'skipped') then coalesce(newest.reason, newest.outcome)
        else coalesce(run.error ->> 'message', 'its run ' || run.state)
      end as reason,
      case when not late.is_late then newest.run_id end as "runId"
    from schedules as schedule
    left join lateral (
      select firing.*
      from schedule_firings as firing
      where firing.schedule_id = schedule.id
      order by firing.fire_time desc
      limit 1
    ) as newest on true
    left join runs as run on run.id = newest.run_id
    cross join lateral (
      select schedule.next_fire_at < now() - make_interval(secs => ${unfiredSeconds}) as is_late
    ) as late
    where schedule.cluster_id = ${clusterId}
      and schedule.kind = any (${[...kinds]}::text[])
      and schedule.enabled
      and schedule.removed_at is null
      and (
        late.is_late
        or newest.outcome in ('blocked', 'failed', 'skipped')
        or run.state in ('failed', 'cancelled')
      )
      and not exists (
        select 1
        from runs as later
        join plan_requests as request on request.id = later.plan_id
        where later.cluster_id = schedule.cluster_id
          and later.kind = schedule.kind
          and later.state = 'succeeded'
          and later.finished_at > case when late.is_late then schedule.next_fire_at else newest.fire_time end
          and request.input @> schedule.input
          and request.input <@ schedule.input
      )
    order by schedule.kind, schedule.id`.execute(db);
  return rows;
}
