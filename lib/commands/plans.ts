import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { keepTyped, sealTyped } from '@/lib/commands/typed-copies';
import type { NewPlan } from '@/lib/contract/plans';
import type { JsonObject } from '@/lib/engine/define-job';
import { jobOrThrow } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import { queueForPlan } from '@/lib/store/plan-queue';
import { findPlan, requestPlan } from '@/lib/store/plans';
import { answerSeconds } from '@/lib/store/read-answers';
import { findRun } from '@/lib/store/runs';

interface Meta {
  requestId: string;
}

interface Wanted {
  kind: string;
  clusterId: string;
  instanceId: string | null;
  input: JsonObject;
  undoOf: string | null;
  /** Text that was typed from where a copy is kept, by field. */
  typed?: Record<string, string>;
}

/**
 * Asks a worker for a plan: a dry run that writes nothing to the server. The answer comes by `plan`.
 *
 * @throws PlumblineError `not-found` for the kind, cluster, instance or run; `not-allowed`; `conflict` when a run
 * cannot be undone; `bad-input` when something must be typed and was not.
 */
export async function planJob(db: Store, actor: Actor, input: NewPlan, meta: Meta): Promise<{ id: string }> {
  const { typed = {}, ...wanted }: Wanted =
    'undoOf' in input ? await undoOf(db, input.undoOf) : { instanceId: null, undoOf: null, ...input };
  const job = jobOrThrow(wanted.kind);
  assertAllowed(actor, job.permission);
  const clusterName = await assertTarget(db, wanted);
  const id = newId();
  await db.transaction().execute(async (trx) => {
    const { clusterId } = wanted;
    const { input, copies } = await sealTyped(trx, job, {
      planId: id,
      clusterId,
      input: wanted.input,
      typed,
    });
    const queue = await queueForPlan(trx, {
      ...wanted,
      choices: job.choices,
      where: job.where ?? undefined,
    });
    const by = { requestedBy: actor.id, requestedByName: actor.name };
    const forget = job.risk === 'read' ? { forgetAfterSeconds: answerSeconds } : {};
    await requestPlan(trx, { id, ...wanted, input, ...by, ...forget }, queue);
    await keepTyped(trx, actor, { planId: id, clusterId, clusterName, requestId: meta.requestId }, copies);
  });
  return { id };
}

/** @returns the cluster's name. */
async function assertTarget(db: Store, wanted: Wanted): Promise<string> {
  const cluster = await findCluster(db, wanted.clusterId);
  if (!cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', { next: 'See the list of clusters.' });
  }
  if (wanted.instanceId === null) return cluster.name;
  const instance = await findInstance(db, wanted.instanceId);
  if (instance?.cluster_id !== wanted.clusterId) {
    throw new PlumblineError('not-found', 'The cluster has no such instance.', {
      next: 'See the cluster’s page.',
    });
  }
  return cluster.name;
}

/** Kind and target of an undo; its input is made by the worker, from what the run gave. */
async function undoOf(db: Store, runId: string): Promise<Wanted> {
  const run = await findRun(db, runId);
  const undo = run && jobDescriptor(run.kind)?.undo;
  if (!run || !undo) {
    throw new PlumblineError('not-found', 'There is no such run.', { next: 'See the list of runs.' });
  }
  if ('none' in undo) {
    throw new PlumblineError('conflict', 'This run cannot be undone.', { next: undo.none });
  }
  if (run.state !== 'succeeded') {
    throw new PlumblineError('conflict', 'Only a run that succeeded can be undone.', {
      next: 'What a failed or cancelled run left was put away by the run itself.',
    });
  }
  const plan = await findPlan(db, run.planId);
  return {
    kind: undo.job,
    clusterId: run.clusterId,
    instanceId: plan?.instanceId ?? null,
    input: {},
    undoOf: runId,
  };
}
