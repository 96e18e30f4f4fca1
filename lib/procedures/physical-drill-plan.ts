import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { amcheckArguments } from '@/lib/procedures/drill-amcheck';
import { readAssertion } from '@/lib/procedures/physical-assertions';
import { heartbeatActs, targetOf } from '@/lib/procedures/physical-copy';
import { planRestore, type RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { type RecoveryTarget, targetFields, targetText } from '@/lib/procedures/recovery-target';

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

/** What every drill of the whole server asks for. */
export const drillFields = {
  backupId: z.uuid().optional().meta({
    title: 'Backup',
    description: 'The newest one that ended before the moment when none is chosen.',
  }),
  ...targetFields,
  repository: z.int().min(1).max(8).default(1).meta({ title: 'Repository' }),
  timeline: z.int().min(1).optional().meta({
    title: 'Timeline',
    description: 'The server’s present one unless said.',
  }),
  jobs: z.int().min(1).max(8).default(2).meta({ title: 'Parallel jobs' }),
  compareRows: z.boolean().default(true).meta({
    title: 'Compare rows with the server',
    description: 'Counts tables up to 1 GiB that nobody writes to on the living server, two minutes at most.',
  }),
  assertions: z.array(z.string().min(3).max(2000)).max(50).default([]).meta({
    title: 'Your own assertions',
    description: 'One a line, “database: select …”: it must return no row, or one that is true.',
  }),
  onProductionHost: z.boolean().default(false).meta({
    title: 'Allow it on the production server’s host',
    description: 'It takes disk, memory and processor time of that machine.',
  }),
};

/** What stands for the place that the heartbeat will be found at. */
const heartbeatLsn = '{heartbeat}';

/**
 * The dry run of a physical drill: can it be restored here, will it load production, and every command with its arguments.
 * `configFile` stands in them when it is not the stanza's own.
 */
export async function planPhysicalDrill(
  ctx: PlanContext,
  input: PhysicalDrillInput,
  configFile?: string,
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
  if (configFile !== undefined) planned.params.configFile = configFile;
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
