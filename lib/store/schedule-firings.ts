import { sql } from 'kysely';
import { messageOf } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import type { ChoiceSource, JsonObject } from '@/lib/engine/define-job';
import { lastFire, nextFire } from '@/lib/engine/next-fire';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { queueForPlan } from '@/lib/store/plan-queue';
import { findPlan, findPlanRequest, requestPlan } from '@/lib/store/plans';
import { startReadyRun } from '@/lib/store/start-run';

/** What firing must know of a job kind as this worker has it. */
export interface SchedulableKind {
  version: number;
  choices: Record<string, ChoiceSource | undefined>;
  where?: 'host' | 'drills';
}

/** A firing that is later than this was missed: no worker lived, or our database was away. */
const missedAfterSeconds = 300;

interface DueSchedule {
  id: string;
  cluster_id: string;
  kind: string;
  definition_version: number;
  input: JsonObject;
  cron: string;
  zone: string;
  missed: 'run-once' | 'skip';
  created_by: string | null;
  created_by_name: string;
  due: number;
  now: number;
}

/**
 * Fires one due schedule, if there is any: by one worker only, each moment once. A schedule approves a kind with an
 * input in one version; each firing asks for a plan of its own, which runs only without blockers.
 *
 * @returns false when none is due.
 */
export async function fireNextSchedule(
  db: Store,
  kindOf: (kind: string) => SchedulableKind | undefined,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<DueSchedule>`
      select id, cluster_id, kind, definition_version, input, cron, zone, missed, created_by, created_by_name,
        extract(epoch from next_fire_at)::float8 as due, extract(epoch from clock_timestamp())::float8 as now
      from schedules
      where enabled
        and removed_at is null
        and next_fire_at <= clock_timestamp()
      order by next_fire_at
      limit 1
      for update skip locked`.execute(trx);
    const [schedule] = rows;
    if (!schedule) return false;
    const now = new Date(schedule.now * 1000);
    const wasMissed = schedule.now - schedule.due > missedAfterSeconds;
    let next: Date | null = null;
    let moment = new Date(schedule.due * 1000);
    let unreadable: string | undefined;
    try {
      next = nextFire(schedule.cron, schedule.zone, now);
      if (wasMissed) moment = lastFire(schedule.cron, schedule.zone, now);
    } catch (error) {
      unreadable = messageOf(error);
    }
    await trx.updateTable('schedules').set({ next_fire_at: next }).where('id', '=', schedule.id).execute();
    const kind = kindOf(schedule.kind);
    const skipped = wasMissed && schedule.missed === 'skip';
    const refusal = skipped
      ? 'Nobody could run it at its time, and it is told to skip what it missed.'
      : (unreadable ?? refusalOf(schedule, kind));
    const planId = refusal ? null : newId();
    const fired = await trx
      .insertInto('schedule_firings')
      .values({
        schedule_id: schedule.id,
        fire_time: moment,
        plan_id: planId,
        outcome: skipped ? 'skipped' : refusal ? 'blocked' : 'planning',
        reason: refusal ?? null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('schedule_id')
      .executeTakeFirst();
    if (fired && planId && kind) await planFiring(trx, schedule, planId, kind);
    await hintNow(trx, 'schedule', schedule.id);
    return true;
  });
}

function refusalOf(schedule: DueSchedule, kind: SchedulableKind | undefined): string | undefined {
  if (!kind) return `This worker knows no job kind ${schedule.kind}.`;
  if (kind.version !== schedule.definition_version) {
    return `The job kind has changed since this schedule was approved (version ${schedule.definition_version} then, ${kind.version} now). Save the schedule again to approve it.`;
  }
  return undefined;
}

async function planFiring(
  trx: Store,
  schedule: DueSchedule,
  id: string,
  kind: SchedulableKind,
): Promise<void> {
  const queue = await queueForPlan(trx, {
    clusterId: schedule.cluster_id,
    instanceId: null,
    input: schedule.input,
    choices: kind.choices,
    where: kind.where,
  });
  await requestPlan(
    trx,
    {
      id,
      kind: schedule.kind,
      clusterId: schedule.cluster_id,
      // Found by role when it is planned: the schedule is the cluster's and survives a failover.
      instanceId: null,
      input: schedule.input,
      scheduleId: schedule.id,
      requestedBy: schedule.created_by,
      requestedByName: `schedule of ${schedule.created_by_name}`,
    },
    queue,
  );
}

/**
 * Starts what schedules have planned: a ready plan without blockers becomes a run, anything else is written down with
 * its reason. Safe to call at any time, by several at once.
 */
export async function settleFirings(db: Store): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ schedule_id: string; fire_time: string; plan_id: string; expired: boolean }>`
      select firing.schedule_id, firing.fire_time, firing.plan_id, plan.id is null as expired
      from schedule_firings as firing
      left join plans as plan on plan.id = firing.plan_id
      where firing.outcome = 'planning'
        and (plan.state in ('ready', 'failed') or (plan.id is null and firing.fired_at < now() - interval '15 minutes'))
      order by firing.fired_at
      limit 20
      for update of firing skip locked`.execute(trx);
    for (const firing of rows) {
      const settled = firing.expired
        ? { outcome: 'failed' as const, reason: 'No worker planned it within 15 minutes.', runId: null }
        : await settle(trx, firing.plan_id, `schedule:${firing.schedule_id}:${firing.fire_time}`);
      await trx
        .updateTable('schedule_firings')
        .set({ outcome: settled.outcome, reason: settled.reason, run_id: settled.runId })
        .where('schedule_id', '=', firing.schedule_id)
        .where('fire_time', '=', firing.fire_time)
        .execute();
      await hintNow(trx, 'schedule', firing.schedule_id);
    }
    return rows.length;
  });
}

async function settle(
  trx: Store,
  planId: string,
  idempotencyKey: string,
): Promise<{ outcome: 'started' | 'blocked' | 'failed'; reason: string | null; runId: string | null }> {
  const plan = await findPlan(trx, planId);
  const request = await findPlanRequest(trx, planId);
  if (!plan || !request || plan.state === 'failed') {
    return { outcome: 'failed', reason: plan?.error?.message ?? 'Its plan was lost.', runId: null };
  }
  const blockers = plan.document?.blockers ?? [];
  if (blockers.length > 0) {
    return { outcome: 'blocked', reason: blockers.map(({ message }) => message).join(' '), runId: null };
  }
  const runId = await startReadyRun(trx, plan, request, idempotencyKey);
  return runId
    ? { outcome: 'started', reason: null, runId }
    : { outcome: 'failed', reason: 'Its plan has no approval hash.', runId: null };
}

/**
 * Schedules that are told to follow backups (`afterBackup` in their input) are due at once when a physical backup became
 * ready since they last fired. Their own times stay: they are reckoned anew with that firing.
 */
export async function followBackups(db: Store): Promise<void> {
  await sql`
    update schedules as schedule
    set next_fire_at = clock_timestamp()
    where enabled
      and removed_at is null
      and next_fire_at > clock_timestamp()
      and input ->> 'afterBackup' = 'true'
      and exists (
        select from backups as backup
        where backup.cluster_id = schedule.cluster_id
          and backup.type = 'physical'
          and backup.state = 'ready'
          and backup.repository::text = coalesce(input ->> 'repository', '1')
          and backup.finished_at > coalesce(
            (select max(fired_at) from schedule_firings as firing where firing.schedule_id = schedule.id),
            schedule.created_at
          )
      )`.execute(db);
}
