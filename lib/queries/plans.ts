import { type Actor, refusalFor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { Plan } from '@/lib/contract/plans';
import { isAllowed } from '@/lib/engine/roles';
import type { StoredPlan } from '@/lib/engine/stored-plan';
import { planApproval } from '@/lib/queries/approvals';
import { titleOfKind } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { type PlanView, planView } from '@/lib/store/plan-reads';

/** For which worker a request waits, as a sentence; null when one has it. */
export function waitingForWorker(view: PlanView): string | null {
  if (view.state !== null) return null;
  if (view.workersAlive === 0) return 'No worker is running. Start one, or see the workers page.';
  const queue = view.queue ?? 'default';
  return queue.startsWith('worker.')
    ? `A free hand of the worker ${queue.slice('worker.'.length)}.`
    : `A free worker of the pool ${queue}.`;
}

/** A plan as far as it is made. @throws PlumblineError `not-found` */
export async function plan(db: Store, actor: Actor, id: string): Promise<Plan> {
  const view = await planView(db, id);
  if (!view) throw new PlumblineError('not-found', 'There is no such plan.', { next: 'Plan it again.' });
  const job = jobDescriptor(view.kind);
  // What somebody only wanted to read may hold people's data, in the question already.
  const isHidden = job?.risk === 'read' && refusalFor(actor, job.permission) !== null;
  // A blocker may quote the text that could not be parsed.
  const hidden = { acts: [], params: {}, warnings: [], blockers: [] };
  const document = view.document && isHidden ? { ...view.document, ...hidden } : view.document;
  return {
    id: view.id,
    kind: view.kind,
    title: titleOfKind(view.kind),
    risk: job?.risk ?? 'high',
    definitionVersion: view.definitionVersion,
    cluster: { id: view.clusterId, name: view.clusterName },
    instance: view.instanceId === null ? null : { id: view.instanceId, name: view.instanceName ?? '' },
    input: isHidden ? {} : shownInput(view.input, job),
    undoOf: view.undoOf,
    scheduleId: view.scheduleId,
    requestedByName: view.requestedByName,
    requestedAt: view.requestedAt,
    state: view.state ?? 'waiting',
    waitingFor: waitingForWorker(view),
    workerName: view.workerName,
    plannedAt: view.plannedAt,
    document: shownDocument(document, isAllowed(actor.role, 'statement-literals')),
    hash: view.hash,
    error: view.error,
    runId: view.runId,
    confirmName: (job?.risk ?? 'high') === 'high' ? view.clusterName : null,
    refusal: job
      ? refusalFor(actor, job.permission)
      : { message: 'This kind of job is gone.', next: 'Plan another.' },
    approval: job?.twoPeople ? await planApproval(db, actor, view, job) : null,
  };
}

/** Without what stands for a typed copy: it was for this plan, and whoever changes the input types it again. */
function shownInput(input: Plan['input'], job: ReturnType<typeof jobDescriptor>): Plan['input'] {
  return Object.fromEntries(
    Object.entries(input).filter(([name]) => job?.choices[name]?.from !== 'typed-copy'),
  );
}

const hiddenText = 'hidden from your role: it may hold literals';

/** Text of statements in a plan's tables is for those who may see literals. */
function shownDocument(document: StoredPlan | null, mayReadLiterals: boolean): Plan['document'] {
  if (!document?.tables || mayReadLiterals) return document as Plan['document'];
  const tables = document.tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) =>
      row.map((cell, place) =>
        cell !== null && table.literals?.includes(table.columns[place] ?? '') ? hiddenText : cell,
      ),
    ),
  }));
  return { ...document, tables } as Plan['document'];
}
