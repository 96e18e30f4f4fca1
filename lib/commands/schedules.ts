import { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { ChangeSchedule, NewSchedule } from '@/lib/contract/schedules';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { nextFire } from '@/lib/engine/next-fire';
import { jobOrThrow } from '@/lib/queries/jobs';
import { appendAudit } from '@/lib/store/audit';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { insertSchedule, listSchedules, type ScheduleRow, updateSchedule } from '@/lib/store/schedules';

interface Meta {
  requestId: string;
}

/**
 * Approves a kind with an input to run by itself. Each firing makes a plan of its own and runs only without blockers.
 *
 * @throws PlumblineError `not-found`, `not-allowed`, `conflict` for a kind that makes no sense on a schedule, and
 * `bad-input` with fields.
 */
export async function addSchedule(
  db: Store,
  actor: Actor,
  input: NewSchedule,
  meta: Meta,
): Promise<{ id: string }> {
  const job = jobOrThrow(input.kind);
  assertMaySchedule(actor, job);
  if (Object.values(job.choices).some((source) => source?.from === 'typed-copy')) {
    throw new PlumblineError('conflict', `${job.title} does not run on a schedule.`, {
      next: 'A person types the kept copy each time: it is there for one run, and for half an hour at most.',
    });
  }
  if (!job.schedulable) {
    throw new PlumblineError('conflict', `${job.title} does not run on a schedule.`, {
      next: 'Start it when it is needed.',
    });
  }
  const cluster = await findCluster(db, input.clusterId);
  if (!cluster)
    throw new PlumblineError('not-found', 'There is no such cluster.', { next: 'See the list of clusters.' });
  assertInput(job, input.input);
  const nextFireAt = nextFire(input.cron, input.zone, new Date());
  return db.transaction().execute(async (trx) => {
    const id = await insertSchedule(trx, {
      ...input,
      definitionVersion: job.version,
      nextFireAt,
      createdBy: actor.id,
      createdByName: actor.name,
    });
    await appendAudit(trx, {
      actor,
      action: 'schedule.add',
      subject: { kind: 'schedule', id, name: `${job.title} of ${cluster.name}` },
      details: { kind: input.kind, input: input.input, cron: input.cron, zone: input.zone },
      requestId: meta.requestId,
    });
    return { id };
  });
}

function assertMaySchedule(actor: Actor, job: JobDescriptor): void {
  assertAllowed(actor, 'schedule');
  assertAllowed(actor, job.permission);
}

/** A first look by the JSON schema; the worker reads the input by the kind itself at each firing. */
function assertInput(job: JobDescriptor, input: unknown): void {
  const parsed = z.fromJSONSchema(job.inputSchema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(input);
  if (parsed.success) return;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[`input.${issue.path.join('.')}`] ??= issue.message;
  throw new PlumblineError('bad-input', 'The input of this job is not valid.', {
    next: 'Correct the fields that are named.',
    fields,
  });
}

async function scheduleOrThrow(db: Store, id: string): Promise<ScheduleRow> {
  const [schedule] = await listSchedules(db, { id });
  if (schedule) return schedule;
  throw new PlumblineError('not-found', 'There is no such schedule.', { next: 'See the list of schedules.' });
}

/** Pauses, goes on, moves, or approves the present version of the kind. @throws as `addSchedule` does. */
export async function changeSchedule(
  db: Store,
  actor: Actor,
  id: string,
  change: ChangeSchedule,
  meta: Meta,
): Promise<void> {
  const schedule = await scheduleOrThrow(db, id);
  const job = jobOrThrow(schedule.kind);
  assertMaySchedule(actor, job);
  if (change.approve) assertInput(job, schedule.input);
  const { approve, ...rest } = change;
  const nextFireAt = nextFire(change.cron ?? schedule.cron, change.zone ?? schedule.zone, new Date());
  await db.transaction().execute(async (trx) => {
    await updateSchedule(trx, id, {
      ...rest,
      nextFireAt,
      definitionVersion: approve ? job.version : undefined,
    });
    await appendAudit(trx, {
      actor,
      action: 'schedule.change',
      subject: { kind: 'schedule', id, name: `${job.title} of ${schedule.clusterName}` },
      details: { ...rest, ...(approve && { approvedVersion: job.version }) },
      requestId: meta.requestId,
    });
  });
}

/** Removes a schedule; what it did stays. */
export async function removeSchedule(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  assertAllowed(actor, 'schedule');
  const schedule = await scheduleOrThrow(db, id);
  await db.transaction().execute(async (trx) => {
    await updateSchedule(trx, id, { removed: true, enabled: false });
    await appendAudit(trx, {
      actor,
      action: 'schedule.remove',
      subject: { kind: 'schedule', id, name: `${schedule.kind} of ${schedule.clusterName}` },
      requestId: meta.requestId,
    });
  });
}
