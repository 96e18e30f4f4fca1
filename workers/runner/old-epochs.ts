import type { Purpose, Target } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import { applicationNameOf, spooledSuffix } from '@/workers/runner/context';
import type { RunnerDeps } from '@/workers/runner/deps';
import { findRunDirectories, ownerState, removeRunDirectory } from '@/workers/runner/run-directory';

const waitMs = 10_000;

/**
 * Ends what earlier epochs of a run may still do before a later one acts: their sessions on the instance (by their
 * application_name, pg_stat_activity shows it for one's own role), their children and directories on this host.
 * `spareChildren`: sessions of children that may be adopted go on. `isReachable` false: nobody answers there to be asked.
 */
export async function endOldEpochs(
  deps: RunnerDeps,
  run: { runId: string; epoch: number },
  { instanceId, isReachable }: Pick<Target, 'instanceId' | 'isReachable'>,
  as: Purpose,
  signal: AbortSignal,
  spareChildren: boolean,
): Promise<void> {
  for (const found of findRunDirectories(deps.workDir)) {
    if (found.marker.runId !== run.runId || found.marker.epoch >= run.epoch) continue;
    // A worker that lives but lost the run puts its own away; its children are ended all the same.
    await removeRunDirectory(found, ownerState(found.marker) === 'alive' ? 1_000 : 5_000);
  }
  if (isReachable === false) return;
  const mine = applicationNameOf(run.runId, run.epoch);
  const prefix = applicationNameOf(run.runId, 0).slice(0, -1);
  const login = await deps.openLogin(instanceId, as);
  const session = await connectInstance({ ...login, applicationName: mine, signal });
  try {
    const until = Date.now() + waitMs;
    for (;;) {
      const alive = await session.query(
        `select pg_terminate_backend(pid) as ended
         from pg_stat_activity
         where starts_with(application_name, $1)
           and application_name <> $2
           and not ($3 and application_name like '%' || $4)
           and usename = current_user
           and pid <> pg_backend_pid()`,
        [prefix, mine, spareChildren, spooledSuffix],
      );
      if (alive.length === 0 || Date.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await session.close();
  }
}
