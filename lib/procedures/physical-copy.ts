import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { type HeartbeatFacts, heartbeat } from '@/lib/procedures/physical-heartbeat';
import { restorePhysical } from '@/lib/procedures/physical-restore';
import { planRestore, type RestoreParams } from '@/lib/procedures/physical-restore-plan';
import {
  type RecoveryTarget,
  recoveryTargetSchema,
  targetOfFields,
  targetText,
} from '@/lib/procedures/recovery-target';

export type CopyInput = {
  to: RecoveryTarget['type'];
  at?: string;
  lsn?: string;
  exclusive: boolean;
  xid?: string;
  repository: number;
  backupId?: string;
  timeline?: number;
  hours: number;
};

export type CopyParams = RestoreParams & { action: 'pause' | 'promote' };

export type CopyContext = StepContext<CopyInput, CopyParams>;

const missing = { at: 'Say which time.', lsn: 'Say which place in the WAL.', xid: 'Say which transaction.' };

/** The target that a form's fields say. @throws PlumblineError `bad-input` that names the field that is missing. */
export function targetOf(input: Parameters<typeof targetOfFields>[0]): RecoveryTarget {
  const found = targetOfFields(input);
  if ('target' in found) return found.target;
  throw new PlumblineError('bad-input', missing[found.missing], {
    fields: { [found.missing]: missing[found.missing] },
    next: 'Fill it in and plan again.',
  });
}

/** The dry run of opening a copy: nothing of the source is touched but for one empty commit, where it lives. */
export async function planCopy(ctx: PlanContext, input: CopyInput): Promise<PlanDraft<CopyParams>> {
  const target = targetOf(input);
  const planned = await planRestore(ctx, { ...input, target });
  // Without a target there is nothing to pause at: recovery ends, and the copy takes writes that nobody else sees.
  const action = target.type === 'latest' ? 'promote' : 'pause';
  if (planned.isOnProduction) {
    planned.warnings.push(
      'The copy runs on the production server’s own machine and takes some of its disk and memory.',
    );
  }
  const warnings = [...planned.warnings];
  if (target.type === 'latest')
    warnings.push('A copy of the latest change is not paused: it can be written to.');
  return {
    summary: `Open a copy of ${ctx.target.clusterName} at ${targetText(target)} on ${ctx.workerName} for ${input.hours} h.`,
    acts: [
      ...heartbeatActs(ctx, 'restore'),
      {
        step: 'restore',
        argv: planned.argv('{copyDir}', action),
        as: 'the tools’ user; each tablespace is mapped below {copyDir}/ts as well',
      },
      {
        step: 'open',
        argv: ['postgres', '-D', '{copyDir}/data'],
        as: 'a server without a network or archiving',
      },
    ],
    params: { ...planned.params, action },
    warnings,
    blockers: planned.blockers,
    estimates: planned.estimates,
  };
}

/** What is sent to a living source, so that something later than the target is in the archive. */
export function heartbeatActs(ctx: PlanContext, step: string): PlanDraft['acts'] {
  if (ctx.target.isReachable === false) return [];
  return [
    { step, sql: 'select pg_current_xact_id()', as: 'login backup' },
    { step, sql: 'select pg_switch_wal()', as: 'login backup' },
  ];
}

/** Restores and recovers into the copy's directory, proves that it stands at its target, and stops it in order. */
export async function restoreCopy(ctx: CopyContext): Promise<JsonObject> {
  const { params } = ctx;
  const target = recoveryTargetSchema.parse(params.target);
  const beat = await beatIfAlive(ctx);
  const stanza = { name: params.stanza };
  const copy = await restorePhysical(ctx, {
    ...{ stanza, target, repository: params.repository, label: params.label, timeline: params.timeline },
    configFile: await ctx.stanzaConfig(),
    directory: ctx.copies.directory(),
    action: params.action,
    name: `copy_${ctx.runId}`,
    superuser: params.superuser,
  });
  const { reached, mode } = copy.server;
  if (mode === 'promoted' && params.action === 'pause') {
    ctx.log(
      'warn',
      'A transaction that was open at that moment holds locks, so the copy is not paused: that transaction is undone in it.',
    );
  }
  await copy.server.stop('fast');
  return {
    mode,
    major: copy.set.major,
    segmentBytes: copy.control.segmentBytes,
    reached: { ...reached },
    phases: { ...copy.phases },
    segments: copy.segments,
    bytes: copy.set.bytes,
    heartbeat: beat ? { ...beat } : null,
  };
}

async function beatIfAlive(ctx: CopyContext): Promise<HeartbeatFacts | undefined> {
  const { type } = ctx.params.target;
  if (ctx.target.isReachable === false || type === 'immediate') return undefined;
  const beat = await heartbeat(ctx);
  if ('problem' in beat) {
    ctx.log('warn', `${beat.problem} A target later than what is archived cannot be reached.`);
    return undefined;
  }
  return beat;
}

/** Registers the copy and starts its server as the worker's own. */
export async function openCopy(ctx: CopyContext): Promise<JsonObject> {
  const restored = ctx.outputs.restore as JsonObject & {
    major: number;
    segmentBytes: number;
    reached: JsonObject;
  };
  const { params, input } = ctx;
  const expiresAt = new Date(Date.now() + input.hours * 3_600_000).toISOString();
  const mode = restored.mode === 'paused' ? ('paused' as const) : ('promoted' as const);
  const copyId = await ctx.copies.open({
    backupId: params.backupId || null,
    major: restored.major,
    target: params.target,
    mode,
    reached: restored.reached,
    facts: {
      superuser: params.superuser,
      segmentBytes: restored.segmentBytes,
      label: params.label,
      timeline: params.timeline,
      bytes: restored.bytes ?? null,
      phases: restored.phases ?? null,
    },
    expiresAt,
  });
  await ctx.evidence({
    type: 'copy',
    verdict: 'info',
    title: `Copy at ${targetText(recoveryTargetSchema.parse(params.target))}`,
    ...(params.backupId && { backupId: params.backupId }),
    facts: { copyId, mode, expiresAt, ...restored },
  });
  return { copyId, expiresAt, mode };
}
