import { type Actor, refusalFor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { Run, RunItem, RunStep, RunsQuery } from '@/lib/contract/runs';
import { runProgressSchema } from '@/lib/contract/runs';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { isTerminal } from '@/lib/engine/run-states';
import { evidenceOf } from '@/lib/queries/evidence';
import { readingKinds, titleOfKind } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { planView } from '@/lib/store/plan-reads';
import { logAfter } from '@/lib/store/run-log';
import { eventsOfRun, lastLogSeq, listRuns, type RunListRow, runDetails } from '@/lib/store/run-reads';
import { type StepRow, stepsOfRun } from '@/lib/store/run-steps';
import { pastDurations } from '@/lib/store/runs';

/** For whom a queued run waits, as a sentence. */
function waitingFor(row: RunListRow): string | null {
  if (row.state !== 'queued') return null;
  if (row.waitingFor !== null) {
    return `Waits for “${titleOfKind(row.waitingForKind ?? '')}” of ${row.waitingForName}, which works on the same.`;
  }
  if (!row.workerAlive) return `Waits for the worker ${row.workerName}, which is not running.`;
  return null;
}

function item(row: RunListRow): RunItem {
  const progress = runProgressSchema.safeParse(row.progress);
  return {
    id: row.id,
    planId: row.planId,
    kind: row.kind,
    title: titleOfKind(row.kind),
    risk: jobDescriptor(row.kind)?.risk ?? 'high',
    cluster: { id: row.clusterId, name: row.clusterName },
    instance: row.instanceId === null ? null : { id: row.instanceId, name: row.instanceName ?? '' },
    summary: row.summary ?? '',
    state: row.state,
    waitingFor: waitingFor(row),
    waitingForRunId: row.waitingFor,
    workerName: row.workerName,
    undoOf: row.undoOf,
    scheduleId: row.scheduleId,
    requestedByName: row.requestedByName,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    seconds: row.seconds,
    progress: row.state === 'running' && progress.success ? progress.data : null,
    error: row.error,
    verdict: row.verdict,
  };
}

/** Runs, newest first; those that only read when their kind is asked for. */
export async function runs(
  db: Store,
  query: RunsQuery,
): Promise<{ items: RunItem[]; nextCursor: string | null }> {
  const { cursor, limit, ...filter } = query;
  // What was only read is no news to anybody else.
  const withoutKinds = filter.kind === undefined ? readingKinds : [];
  const rows = await listRuns(db, { ...filter, withoutKinds, before: cursor, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  return {
    items: shown.map(item),
    nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** One run with all that is known of it. @throws PlumblineError `not-found` */
export async function run(db: Store, actor: Actor, id: string): Promise<Run> {
  const [row] = await listRuns(db, { id, limit: 1 });
  const details = await runDetails(db, id);
  if (!row || !details) {
    throw new PlumblineError('not-found', 'There is no such run.', { next: 'See the list of runs.' });
  }
  const job = jobDescriptor(row.kind);
  const [stored, events, evidence, past] = await Promise.all([
    stepsOfRun(db, id),
    eventsOfRun(db, id),
    evidenceOf(db, { runId: id }),
    pastDurations(db, row.kind, row.clusterId),
  ]);
  const { undoneBy, madeBackupId, followUpPlanId, ...rest } = details;
  const isHidden = job?.risk === 'read' && refusalFor(actor, job.permission) !== null;
  return {
    ...item(row),
    ...rest,
    ...(isHidden && { input: {} }),
    steps: stepsOf(job, stored),
    events,
    evidence,
    pastDurations: past,
    backupId: madeBackupId ?? evidence.find((one) => one.backupId !== null)?.backupId ?? null,
    cancelRefusal: cancelRefusal(actor, row, job, stored, details.cancelRequestedAt),
    undo: undoOf(actor, row, job, undoneBy),
    followUp: followUpPlanId === null ? null : await followUpOf(db, followUpPlanId),
    decisionRefusal:
      row.state !== 'needs-decision'
        ? { message: 'This run waits for no decision.', next: 'There is nothing to decide.' }
        : job
          ? refusalFor(actor, job.permission)
          : null,
  };
}

/** How far the plan that follows a run has come. */
async function followUpOf(db: Store, planId: string): Promise<Run['followUp']> {
  const plan = await planView(db, planId);
  if (!plan) return null;
  const [started] = plan.runId === null ? [] : await listRuns(db, { id: plan.runId, limit: 1 });
  const blockers = plan.document?.blockers ?? [];
  return {
    planId,
    title: titleOfKind(plan.kind),
    runId: started?.id ?? null,
    state:
      started?.state ??
      (plan.state === 'failed'
        ? 'failed'
        : plan.state !== 'ready'
          ? 'planning'
          : blockers.length > 0
            ? 'blocked'
            : 'waits'),
    why: started?.error?.message ?? plan.error?.message ?? blockers[0]?.message ?? null,
  };
}

/** All steps of the definition, those that have not begun too; of a kind that is gone, what was stored. */
function stepsOf(job: JobDescriptor | undefined, stored: readonly StepRow[]): RunStep[] {
  const ordinals = Math.max(job?.steps.length ?? 0, ...stored.map((step) => step.ordinal + 1));
  return Array.from({ length: ordinals }, (_, ordinal) => {
    const row = stored.find((step) => step.ordinal === ordinal);
    const step = job?.steps[ordinal];
    const seconds = row?.finishedAt ? (Date.parse(row.finishedAt) - Date.parse(row.startedAt)) / 1000 : null;
    return {
      ordinal,
      name: row?.name ?? step?.name ?? '',
      title: step?.title ?? row?.name ?? '',
      safety: step?.safety ?? 'once',
      pointOfNoReturn: step?.pointOfNoReturn ?? false,
      state: row?.state ?? 'pending',
      epoch: row?.epoch ?? null,
      startedAt: row?.startedAt ?? null,
      finishedAt: row?.finishedAt ?? null,
      seconds,
      output: row?.output ?? null,
      error: row?.error ?? null,
    };
  });
}

/** Whether a step has begun from which there is no way back. */
export function isPastReturn(job: JobDescriptor | undefined, stored: readonly StepRow[]): boolean {
  return stored.some((step) => job?.steps[step.ordinal]?.pointOfNoReturn === true);
}

function cancelRefusal(
  actor: Actor,
  row: RunListRow,
  job: JobDescriptor | undefined,
  stored: readonly StepRow[],
  requestedAt: string | null,
): Run['cancelRefusal'] {
  if (isTerminal(row.state)) return { message: 'This run has ended.', next: 'See whether it can be undone.' };
  if (row.state === 'needs-decision') {
    return { message: 'This run waits for a decision.', next: 'Decide to stop it instead.' };
  }
  if (requestedAt !== null)
    return { message: 'Cancelling was asked for.', next: 'It ends at the next step edge.' };
  if (isPastReturn(job, stored)) {
    return {
      message: 'It has passed its point of no return.',
      next: 'Let it end; then see whether it can be undone.',
    };
  }
  return refusalFor(actor, 'cancel-run');
}

function undoOf(
  actor: Actor,
  row: RunListRow,
  job: JobDescriptor | undefined,
  undoneBy: string | null,
): Run['undo'] {
  if (!job) return { none: 'This kind of job is gone.' };
  if ('none' in job.undo) return job.undo;
  const { job: kind, label } = job.undo;
  const undoing = jobDescriptor(kind);
  const refusal =
    row.state !== 'succeeded'
      ? {
          message: 'Only a run that succeeded can be undone.',
          next: 'What a failed run left was put away by it.',
        }
      : undoneBy !== null
        ? { message: 'It was undone already, or is being undone.', next: 'See the run that undoes it.' }
        : undoing
          ? refusalFor(actor, undoing.permission)
          : { message: 'The kind of job that undoes it is gone.', next: 'It must be undone by hand.' };
  return { job: kind, label, refusal, undoneBy };
}

/** Lines of a run's log after a number. @throws PlumblineError `not-found` */
export async function runLog(db: Store, id: string, query: { afterSeq: number; limit: number }) {
  const [row] = await listRuns(db, { id, limit: 1 });
  if (!row) throw new PlumblineError('not-found', 'There is no such run.', { next: 'See the list of runs.' });
  const items = await logAfter(db, id, query.afterSeq, query.limit);
  return { items, lastSeq: await lastLogSeq(db, id) };
}
