import { PlumblineError } from '@/lib/base/errors';
import type { JobDefinition, JsonObject, Target } from '@/lib/engine/define-job';
import { planHash } from '@/lib/engine/plan-hash';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import type { PlanAnswer } from '@/lib/store/plans';
import { readersFirst } from '@/lib/store/read-targets';
import { pastDurations } from '@/lib/store/runs';
import { type TargetRow, targetsOfCluster } from '@/lib/store/targets';
import { planContext } from '@/workers/runner/context';
import type { RunnerDeps } from '@/workers/runner/deps';
import { identify, rememberedTarget, roleMismatch } from '@/workers/runner/target';

export interface PlanWanted {
  kind: string;
  clusterId: string;
  instanceId: string | null;
  /** As the kind's schema gave it back. */
  input: JsonObject;
  applicationName: string;
  signal: AbortSignal;
}

type Blocker = { message: string; next: string };

/** Reads input by the kind's schema; @throws PlumblineError `bad-input` with one sentence per field. */
export function parseInput(definition: JobDefinition, input: unknown): JsonObject {
  const parsed = definition.input.safeParse(input);
  if (parsed.success) return parsed.data as JsonObject;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[issue.path.join('.') || 'input'] ??= issue.message;
  throw new PlumblineError('bad-input', 'The input of this job is not valid.', {
    next: 'Correct the fields that are named and plan again.',
    fields,
  });
}

/** How long a server is waited for that a job can do without. */
const optionalServerMs = 3_000;

/**
 * Connects as the job will, and asks the server who it is. One that a job can do without and that does not answer is
 * taken as it was last known; a stranger at its address is refused all the same.
 */
export async function openTarget(
  deps: RunnerDeps,
  row: TargetRow,
  definition: Pick<JobDefinition, 'as' | 'needsServer'>,
  options: { applicationName: string; signal: AbortSignal },
): Promise<Target> {
  const isOptional = definition.needsServer === false;
  let session: InstanceSession;
  try {
    const login = await deps.openLogin(row.instanceId, definition.as);
    const connectTimeoutMs = isOptional ? optionalServerMs : 10_000;
    session = await connectInstance({ ...login, ...options, connectTimeoutMs });
  } catch (error) {
    if (!isOptional || options.signal.aborted) throw error;
    return rememberedTarget(row);
  }
  try {
    return await identify(row, session);
  } finally {
    await session.close();
  }
}

/**
 * The instance of the cluster that the job can run on, by the role that each server says it has at this moment.
 * What speaks against each candidate becomes a blocker when none is left.
 */
async function chooseTarget(
  deps: RunnerDeps,
  definition: JobDefinition,
  wanted: PlanWanted,
): Promise<{ target: Target } | { blockers: Blocker[] }> {
  const all = await targetsOfCluster(deps.db, wanted.clusterId, wanted.instanceId, definition.runsOn);
  const rows =
    definition.prefers && !wanted.instanceId ? await readersFirst(deps.db, all, definition.prefers) : all;
  const blockers: Blocker[] = [];
  for (const row of rows) {
    try {
      const target = await openTarget(deps, row, definition, wanted);
      const mismatch = roleMismatch(definition.runsOn, target);
      if (!mismatch) return { target };
      blockers.push({
        message: mismatch,
        next: 'Choose the cluster and let the worker find the server by its role.',
      });
    } catch (error) {
      if (!(error instanceof PlumblineError) || error.code === 'cancelled') throw error;
      blockers.push({
        message: `${row.instanceName}: ${error.message}`,
        next: error.next ?? 'See the instance’s page.',
      });
    }
  }
  if (rows.length === 0) {
    blockers.push(
      all.length > 0
        ? {
            message: 'No standby may serve this read now, and no primary is known.',
            next: 'See the cluster’s replication page, or name a server.',
          }
        : {
            message: 'The cluster has no active instance.',
            next: 'Add one, or let its connection test pass, under Clusters.',
          },
    );
  }
  return { blockers };
}

/** Makes the plan of a kind with an input: reads only. @throws whatever the kind's own planning throws. */
export async function makePlan(
  deps: RunnerDeps,
  definition: JobDefinition,
  wanted: PlanWanted,
): Promise<PlanAnswer> {
  const chosen = await chooseTarget(deps, definition, wanted);
  if ('blockers' in chosen) {
    return {
      instanceId: wanted.instanceId,
      systemIdentifier: null,
      timeline: null,
      hash: null,
      document: {
        summary: `${definition.title} cannot be planned.`,
        acts: [],
        params: {},
        warnings: [],
        blockers: chosen.blockers,
        estimates: [],
        lockKeys: [],
        pastDurations: [],
      },
    };
  }
  const { target } = chosen;
  const context = planContext({
    deps,
    kind: wanted.kind,
    target,
    applicationName: wanted.applicationName,
    signal: wanted.signal,
    check: () => wanted.signal.throwIfAborted(),
  });
  try {
    const draft = await definition.plan(context, wanted.input);
    const place = { clusterId: target.clusterId, instanceId: target.instanceId };
    const hash = planHash({
      kind: wanted.kind,
      definitionVersion: definition.version,
      input: wanted.input,
      cluster: { id: target.clusterId, systemIdentifier: target.systemIdentifier },
      acts: draft.acts,
      params: draft.params,
    });
    return {
      instanceId: target.instanceId,
      systemIdentifier: target.systemIdentifier,
      timeline: target.timeline,
      hash,
      document: {
        ...draft,
        lockKeys: definition.locks(wanted.input, place),
        pastDurations: await pastDurations(deps.db, wanted.kind, target.clusterId),
      },
    };
  } finally {
    await context.closeAll();
  }
}
