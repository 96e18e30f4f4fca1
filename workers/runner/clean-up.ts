import { messageOf } from '@/lib/base/errors';
import type { StepDefinition } from '@/lib/engine/define-job';
import { addRunEvent, fenced } from '@/lib/store/run-claims';
import type { StepRow } from '@/lib/store/run-steps';
import { targetsOfCluster } from '@/lib/store/targets';
import { isLeaseLost, persist } from '@/workers/runner/persist';
import { inStep, type RunScope } from '@/workers/runner/run-scope';
import { endSpooled } from '@/workers/runner/spooled-tool';

const cleanUpDeadlineMs = 5 * 60_000;

/**
 * Lets each step that ran put away what it left, the last first, after a failure or a cancel. One that fails is
 * written down and the others still get their turn. Its signal is a fresh one with a deadline of five minutes.
 */
export async function cleanUpRun(scope: RunScope, steps: readonly StepRow[]): Promise<void> {
  const { deps, hold, definition, plan, logWriter } = scope;
  await endSpooled(scope.directory.spool);
  const [row] = await persist(hold, () =>
    targetsOfCluster(deps.db, plan.clusterId, plan.instanceId, definition.runsOn),
  );
  if (!row) return logWriter.flush();
  // As it was planned: to put away must be possible where the server itself is gone.
  const target = {
    clusterId: row.clusterId,
    clusterName: row.clusterName,
    instanceId: row.instanceId,
    instanceName: row.instanceName,
    host: row.host,
    port: row.port,
    maintenanceDatabase: row.maintenanceDatabase,
    serverVersionNum: 0,
    role: row.lastRole === 'standby' ? ('standby' as const) : ('primary' as const),
    systemIdentifier: plan.systemIdentifier ?? '',
    timeline: plan.timeline ?? 0,
  };
  for (const done of [...steps].reverse()) {
    const step = definition.steps[done.ordinal] as StepDefinition | undefined;
    if (!step?.cleanUp) continue;
    const signal = AbortSignal.timeout(cleanUpDeadlineMs);
    try {
      await inStep(scope, step, target, steps, signal, async (context) => step.cleanUp?.(context));
    } catch (error) {
      if (isLeaseLost(error) || hold.isLost()) throw error;
      logWriter.write('error', step.name, `Putting away failed: ${messageOf(error)}`);
      await persist(hold, () =>
        fenced(deps.db, hold.held, (trx) =>
          addRunEvent(trx, hold.held, 'clean-up-failed', { step: step.name, error: messageOf(error) }),
        ),
      );
    }
  }
  await logWriter.flush();
}
