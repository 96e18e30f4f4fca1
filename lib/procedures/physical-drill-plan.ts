import { PlumblineError } from '@/lib/base/errors';
import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { amcheckArguments } from '@/lib/procedures/drill-amcheck';
import { readAssertion } from '@/lib/procedures/physical-assertions';
import { heartbeatActs, targetOf } from '@/lib/procedures/physical-copy';
import { planRestore, type RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { type RecoveryTarget, targetText } from '@/lib/procedures/recovery-target';

export type PhysicalDrillInput = {
  to: RecoveryTarget['type'];
  at?: string;
  lsn?: string;
  exclusive: boolean;
  xid?: string;
  repository: number;
  backupId?: string;
  timeline?: number;
  jobs: number;
  assertions: string[];
  compareRows: boolean;
  onProductionHost: boolean;
  afterBackup: boolean;
};

/** What stands for the place that the heartbeat will be found at. */
const heartbeatLsn = '{heartbeat}';

/** The dry run of a physical drill: can it be restored here, will it load production, and every command with its arguments. */
export async function planPhysicalDrill(
  ctx: PlanContext,
  input: PhysicalDrillInput,
): Promise<PlanDraft<RestoreParams>> {
  for (const line of input.assertions) {
    if (readAssertion(line)) continue;
    const message = `“${line.slice(0, 60)}” is not of the form “database: statement”.`;
    throw new PlumblineError('bad-input', message, {
      fields: { assertions: message },
      next: 'Correct the line.',
    });
  }
  const target = targetOf(input);
  const planned = await planRestore(ctx, { ...input, target });
  const blockers = [...planned.blockers];
  if (planned.isOnProduction && !input.onProductionHost) {
    blockers.push({
      message: `${ctx.workerName} runs on the host of a production server, and a drill would take its disk and processors.`,
      next: 'Allow it in the form, or use a repository in a storage that another worker reaches.',
    });
  }
  const isAlive = ctx.target.isReachable !== false;
  const warnings = [...planned.warnings];
  if (!isAlive && target.type === 'latest') {
    warnings.push(
      'Without the server no heartbeat proves the last moment: what the archive ends with is compared instead.',
    );
  }
  const shown: RecoveryTarget =
    isAlive && target.type === 'latest' ? { type: 'lsn', lsn: heartbeatLsn } : target;
  const scratch = { socketDir: '{runDir}/pg/s', port: 5432, user: planned.params.superuser };
  return {
    summary: `Restore ${planned.params.label || 'a backup'} of ${ctx.target.clusterName} on ${ctx.workerName}, recover it to ${targetText(target)}, check every page and table, and remove it.`,
    acts: [
      ...heartbeatActs(ctx, 'drill'),
      { step: 'drill', argv: planned.argv('{runDir}/pg', 'promote', shown), as: 'the tools’ user' },
      {
        step: 'drill',
        argv: ['postgres', '-D', '{runDir}/pg/data'],
        as: 'a server without a network, archiving, jobs or subscriptions',
      },
      { step: 'drill', argv: ['pg_amcheck', ...amcheckArguments(scratch, input.jobs, '--all')] },
      { step: 'drill', argv: ['pg_checksums', '--check', '--pgdata={runDir}/pg/data'] },
    ],
    params: planned.params,
    warnings,
    blockers,
    estimates: planned.estimates,
  };
}
