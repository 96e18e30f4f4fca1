import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** Why what a schedule promises is not there. */
export type MissedState =
  | 'not-fired'
  | 'blocked'
  | 'failed'
  | 'skipped'
  | 'not-started'
  | 'run-failed'
  | 'run-cancelled'
  | 'needs-decision'
  | 'not-ended';

export interface MissedSchedule {
  scheduleId: string;
  clusterId: string;
  clusterName: string;
  kind: string;
  /** Of a kind that is about one database. */
  database: string | null;
  cron: string;
  zone: string;
  state: MissedState;
  /** What was written down about it; null where nothing was. */
  reason: string | null;
  /** The moment that was missed, ISO 8601. */
  dueAt: string | null;
  nextFireAt: string | null;
  runId: string | null;
}

/** Later than this a firing, a plan or a start is missed: a worker that restarts takes less. */
const defaultGraceSeconds = 900;
/** A run that works longer than this has not brought what its schedule promised. */
const endlessHours = 24;

/**
 * Schedules of some kinds whose last moment brought nothing: it passed without a firing, the firing was blocked or
 * skipped, or its run failed, was cancelled, waits for a person or never ended. A later run of the same kind on the
 * same cluster, database and type that succeeded, by whomever, makes up for it.
 */
export async function missedSchedules(
  db: Store,
  kinds: readonly string[],
  options: { clusterId?: string; graceSeconds?: number } = {},
): Promise<MissedSchedule[]> {
  if (kinds.length === 0) return [];
  const grace = sql`make_interval(secs => ${options.graceSeconds ?? defaultGraceSeconds})`;
  const cluster = options.clusterId ?? null;
  const { rows } = await sql<MissedSchedule>`
    with latest as (
      select
        schedule.id,
        schedule.cluster_id,
        cluster.name,
        schedule.kind,
        schedule.input ->> 'database' as database,
        schedule.input ->> 'type' as type,
        schedule.cron,
        schedule.zone,
        schedule.next_fire_at,
        firing.fire_time,
        firing.fired_at,
        firing.outcome,
        firing.reason,
        run.id as run_id,
        run.state as run_state,
        run.error ->> 'message' as run_error,
        run.created_at as run_created_at,
        run.started_at as run_started_at
      from schedules as schedule
      join clusters as cluster on cluster.id = schedule.cluster_id and cluster.removed_at is null
      left join lateral (
        select *
        from schedule_firings
        where schedule_id = schedule.id
        order by fire_time desc
        limit 1
      ) as firing on true
      left join runs as run on run.id = firing.run_id
      where schedule.enabled
        and schedule.removed_at is null
        and schedule.kind = any (${kinds}::text[])
        and (${cluster}::uuid is null or schedule.cluster_id = ${cluster}::uuid)
    ), judged as (
      select
        latest.*,
        case
          when next_fire_at < now() - ${grace} then 'not-fired'
          when outcome in ('blocked', 'failed', 'skipped') then outcome
          when run_state = 'failed' then 'run-failed'
          when run_state = 'cancelled' then 'run-cancelled'
          when run_state = 'needs-decision' then 'needs-decision'
          when outcome = 'planning' and fired_at < now() - ${grace} then 'not-started'
          when run_state = 'queued' and run_created_at < now() - ${grace} then 'not-started'
          when run_state = 'running' and run_started_at < now() - make_interval(hours => ${endlessHours})
            then 'not-ended'
          when next_fire_at is null then 'not-fired'
        end as state
      from latest
    )
    select
      id as "scheduleId",
      cluster_id as "clusterId",
      name as "clusterName",
      kind,
      database,
      cron,
      zone,
      state,
      case when state = 'not-fired' then null else coalesce(run_error, reason) end as reason,
      case when state = 'not-fired' then next_fire_at else fire_time end as "dueAt",
      next_fire_at as "nextFireAt",
      run_id as "runId"
    from judged
    where state is not null
      and not exists (
        select
        from runs as later
        join plan_requests as asked on asked.id = later.plan_id
        where later.kind = judged.kind
          and later.cluster_id = judged.cluster_id
          and later.state = 'succeeded'
          and later.finished_at > case when judged.state = 'not-fired' then judged.next_fire_at else judged.fire_time end
          and asked.input ->> 'database' is not distinct from judged.database
          and asked.input ->> 'type' is not distinct from judged.type
      )
    order by name, kind, database, id
    limit 1000`.execute(db);
  return rows;
}

const words: Record<MissedState, string> = {
  'not-fired': 'no worker was there to start it',
  blocked: 'its plan was blocked',
  failed: 'it could not be planned',
  skipped: 'its time passed while no worker could run it, and it is told to skip what it missed',
  'not-started': 'it was fired and has not begun since',
  'run-failed': 'its run failed',
  'run-cancelled': 'its run was cancelled',
  'needs-decision': 'its run waits for a person’s decision',
  'not-ended': `its run has been going on for more than ${endlessHours} h`,
};

/** Why it brought nothing, as a clause without an end: `its run failed: no space left`. */
export function missedClause(missed: Pick<MissedSchedule, 'state' | 'reason'>): string {
  const reason = missed.reason?.replace(/[.\s]+$/, '');
  return reason ? `${words[missed.state]}: ${reason}` : words[missed.state];
}
