import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { reportDrill, runPhysicalDrill } from '@/lib/procedures/physical-drill';
import { type PhysicalDrillInput, planPhysicalDrill } from '@/lib/procedures/physical-drill-plan';
import type { PhysicalDrillResult } from '@/lib/procedures/physical-drill-work';
import type { RestoreParams } from '@/lib/procedures/physical-restore-plan';
import { passProblem } from '@/lib/procedures/repository-pass';
import { typedConfigFile, typedConfigFolder } from '@/lib/tools/pgbackrest/typed-config';

export type EscrowDrillInput = Omit<PhysicalDrillInput, 'afterBackup'> & { keptPass: string };

export type EscrowDrillParams = RestoreParams & {
  typedCopyId: string;
  repositoryId: string;
  /** SHA-256 of the place that the typed copy may open. */
  destination: string;
  /** That place as it is written down beside the proof: of a repository that moved it says nothing. */
  path: string;
  storageId: string | null;
};

export type EscrowDrillContext = StepContext<EscrowDrillInput, EscrowDrillParams>;

/** Either the copy opened nothing, or a drill was run with it. */
export type EscrowDrillResult = { refusal: string } | { drill: PhysicalDrillResult; isProven: boolean };

const typeAgain = 'Make a new plan and type the copy again.';

/** The dry run of a drill with nothing but the pass that somebody typed from where it is kept. */
export async function planEscrowDrill(
  ctx: PlanContext,
  input: EscrowDrillInput,
): Promise<PlanDraft<EscrowDrillParams>> {
  const { keptPass, ...rest } = input;
  const configFile = `{runDir}/${typedConfigFolder}/${typedConfigFile}`;
  const draft = await planPhysicalDrill(ctx, { ...rest, afterBackup: false }, configFile);
  const [copy, stanza] = await Promise.all([ctx.typedCopy(keptPass), ctx.stanza()]);
  const repository = stanza?.repositories.find(({ ordinal }) => ordinal === input.repository);
  const blockers = [...draft.blockers];
  const warnings = [...draft.warnings];
  if (!copy) blockers.push({ message: 'Nothing was typed for this plan.', next: typeAgain });
  else if (copy.goneWhy !== null) {
    blockers.push({ message: `What was typed is gone. ${copy.goneWhy}`, next: typeAgain });
  } else if (!repository || copy.repositoryId !== repository.id) {
    blockers.push({ message: 'What was typed is for another repository.', next: typeAgain });
  } else {
    const at = copy.expiresAt.slice(11, 16);
    warnings.push(
      `What was typed is sealed to the workers for this plan and its run; unless it is started by ${at} UTC, it is gone.`,
    );
  }
  if (repository && !repository.isEncrypted) {
    blockers.push({
      message: `Repository ${input.repository} is not encrypted: there is no pass to prove.`,
      next: 'Drill it without a typed copy.',
    });
  }
  if (repository?.options.type === 'posix' && typeof repository.options.place === 'string') {
    blockers.push({
      message: `Repository ${input.repository} is on another host, ${repository.options.place}: its pass stands in that host’s own configuration.`,
      next: 'Prove the copy there.',
    });
  }
  return {
    ...draft,
    summary: `${draft.summary} Repository ${input.repository} is opened with the typed copy of its pass alone.`,
    params: {
      ...draft.params,
      typedCopyId: keptPass,
      repositoryId: repository?.id ?? '',
      destination: copy?.destination ?? '',
      path: repository?.path ?? '',
      storageId: repository?.storageId ?? null,
    },
    warnings,
    blockers,
  };
}

/**
 * Opens the repository with the typed pass, then drills with it: list, files, WAL and all. A copy that opens nothing ends
 * it at once, before anything was sent to the source.
 */
export async function runEscrowDrill(ctx: EscrowDrillContext): Promise<EscrowDrillResult> {
  const { params } = ctx;
  const configFile = await ctx.typedStanzaConfig(params.typedCopyId);
  const place = { configFile, stanza: params.stanza };
  const refusal = await passProblem(ctx, place, params.repository);
  if (refusal) return { refusal };
  ctx.log('info', `The typed copy opens the lists of repository ${params.repository}.`);
  const context = { ...ctx, input: { ...ctx.input, afterBackup: false } };
  const drill = await runPhysicalDrill(context, async () => configFile);
  const isProven = drill.rtoSeconds !== null;
  if (isProven) {
    drill.checks.push({
      name: 'kept-pass',
      verdict: 'pass',
      detail: `The copy that was typed opened repository ${params.repository}, its backup and its WAL; the stored pass was not used.`,
    });
  } else {
    drill.notChecked.push(
      'whether the typed copy is enough: it opened the repository’s lists, and no server came up from it',
    );
  }
  return { drill, isProven };
}

/** Stores what the drill says of the kept copy, beside what it says of the backup. */
export async function reportEscrowDrill(ctx: EscrowDrillContext): Promise<JsonObject> {
  const { params } = ctx;
  const result = ctx.outputs.drill as EscrowDrillResult;
  const copy = await ctx.typedCopy(params.typedCopyId);
  const isRefused = 'refusal' in result;
  const found = isRefused
    ? `The typed copy does not open repository ${params.repository}. ${result.refusal}`
    : result.isProven
      ? `A server was restored from repository ${params.repository} with the typed copy alone.`
      : `The typed copy opens the lists of repository ${params.repository}, but no server came up from it.`;
  await ctx.evidence({
    type: 'escrow',
    verdict: isRefused ? 'fail' : result.isProven ? 'pass' : 'partial',
    title: `Kept copy of the pass of repository ${params.repository}`,
    ...(!isRefused && params.backupId && { backupId: params.backupId }),
    facts: {
      found,
      repository: params.repository,
      repositoryId: params.repositoryId,
      path: params.path,
      ...(params.storageId !== null && { storageId: params.storageId }),
      label: params.label,
      typedBy: copy?.typedByName ?? null,
    },
  });
  if (isRefused) {
    throw new PlumblineError('tool-failed', found, {
      next: 'Nothing was changed. Compare what was typed with what is kept, character by character: capitals count. If they are the same, drill without a typed copy: if that succeeds, what is kept is not the pass of this repository.',
    });
  }
  const context = { ...ctx, input: { ...ctx.input, afterBackup: false } };
  return { ...(await reportDrill(context, result.drill)), isProven: result.isProven };
}
