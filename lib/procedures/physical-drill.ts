import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import type { PhysicalDrillInput } from '@/lib/procedures/physical-drill-plan';
import {
  concludeDrill,
  failedRestore,
  type PhysicalDrillResult,
  prepare,
  workOf,
} from '@/lib/procedures/physical-drill-work';
import { type RestoredCopy, restorePhysical } from '@/lib/procedures/physical-restore';
import type { RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { type RecoveryTarget, recoveryTargetSchema, targetText } from '@/lib/procedures/recovery-target';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

export type PhysicalDrillContext = StepContext<PhysicalDrillInput, RestoreParams>;

/**
 * Restores a physical backup, recovers it, boots it in isolation, looks at it from every side and destroys it. A drill
 * that fails is a result, not an error; what stops it from being one (a full disk here, a cancel) is thrown.
 * `configFile` gives the configuration that opens the repository.
 */
export async function runPhysicalDrill(
  ctx: PhysicalDrillContext,
  configFile: () => Promise<string> = () => ctx.stanzaConfig(),
): Promise<PhysicalDrillResult> {
  const work = workOf(ctx);
  const { params, input } = ctx;
  const wanted = recoveryTargetSchema.parse(params.target);
  const before = await prepare(ctx, work, wanted);
  const target: RecoveryTarget =
    wanted.type === 'latest' && before.beat ? { type: 'lsn', lsn: before.beat.lsn } : wanted;
  const directory = `${ctx.runDir}/pg`;
  makeOwnedDirectory(directory, toolUserName());
  let copy: RestoredCopy;
  try {
    copy = await restorePhysical(ctx, {
      ...{ stanza: { name: params.stanza }, repository: params.repository, label: params.label },
      ...{ target, timeline: params.timeline, directory, superuser: params.superuser },
      configFile: await configFile(),
      action: 'promote',
      name: `drill_${ctx.runId}`,
      processMax: input.jobs,
    });
  } catch (error) {
    return failedRestore(ctx, work, before, target, error);
  }
  Object.assign(work.phases, copy.phases);
  const { reached } = copy.server;
  work.checks.push({
    name: 'restore',
    verdict: copy.set.hasErrors ? 'partial' : 'pass',
    detail: `${copy.set.label} came up at ${reached.lsn}${reached.at ? `, last commit ${reached.at}` : ''}; target: ${targetText(target)}.${copy.set.hasErrors ? ' Damaged pages were found when it was taken.' : ''}`,
  });
  const { fetch, restore, replay, promote } = copy.phases;
  return concludeDrill(
    ctx,
    work,
    { ...copy, archiveMax: copy.set.archiveMax, bytes: copy.set.bytes },
    { before, wanted, timeline: params.timeline, rtoSeconds: fetch + restore + replay + promote },
  );
}

/** Stores what a drill has found. @throws PlumblineError when one of its checks failed: the run has, too. */
export async function reportDrill(
  ctx: PhysicalDrillContext,
  result: PhysicalDrillResult,
): Promise<JsonObject> {
  await ctx.evidence({
    type: 'drill',
    verdict: result.verdict,
    title: `Drill of the backup ${ctx.params.label}`,
    ...(ctx.params.backupId && { backupId: ctx.params.backupId }),
    facts: physicalDrillFacts(result, ctx.params),
  });
  for (const { name, verdict, detail } of result.checks) {
    const level = verdict === 'pass' ? 'info' : verdict === 'partial' ? 'warn' : 'error';
    ctx.log(level, `${name}: ${detail}`);
  }
  const failed = result.checks.find(({ verdict }) => verdict === 'fail');
  if (failed) {
    throw new PlumblineError('tool-failed', `The drill failed at ${failed.name}: ${failed.detail}`, {
      next: 'Do not count on this backup. Read the evidence, mend the cause, and drill again.',
    });
  }
  return { verdict: result.verdict, rtoSeconds: result.rtoSeconds, rpoSeconds: result.rpoSeconds };
}

/** The facts of the evidence `drill`: what the criteria and the pages read. */
export function physicalDrillFacts(
  result: PhysicalDrillResult,
  params: Omit<RestoreParams, 'superuser' | 'stanza' | 'stanzaId' | 'configFile' | 'major'>,
): JsonObject {
  const { verdict: _, ...facts } = result;
  return {
    ...facts,
    method: 'physical',
    backupId: params.backupId,
    label: params.label,
    repository: params.repository,
    timeline: params.timeline,
    target: params.target,
    restoreSeconds: result.rtoSeconds,
    totalSeconds: Object.values(result.phases).reduce((sum, seconds) => sum + seconds, 0),
    rtoNote: 'The machine’s part: fetch, write, replay, promote.',
    rpoNote:
      'From a commit until it lay in the repository, its segment closed at once; what waits in an open segment is the exposure.',
  };
}
