import { existsSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { readMark } from '@/lib/procedures/cluster-restore-place';
import {
  type Exchange,
  exchange,
  isExchanged,
  newTimeline,
  optionsOf,
  putBack,
  renameProblem,
  startInPlace,
  stopBoth,
} from '@/lib/procedures/cut-over-acts';
import { formerStart } from '@/lib/procedures/cut-over-former';
import { type HangerChecks, hangers } from '@/lib/procedures/cut-over-hangers';
import { lostWork, momentText } from '@/lib/procedures/last-sign';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

export type CutOverInput = { directory: string };
export type UndoInput = { dataDirectory: string; aside: string; directory: string };
export type CutOverParams = Exchange & {
  stanza: string;
  configFile: string;
  /** How the one that comes into place is started when nothing is left of the former one's files. */
  known: string;
};
export type CutOverContext = StepContext<CutOverInput, CutOverParams>;
export type UndoContext = StepContext<UndoInput, CutOverParams>;

type Draft = PlanDraft<CutOverParams>;

const asOwner = 'the owner of the server’s files';

function acts({ at, from, aside, known }: Exchange & { known: string }): Draft['acts'] {
  const isThere = existsSync(at);
  const options = isThere ? optionsOf(at) : known;
  return [
    { step: 'stop', argv: ['pg_ctl', 'stop', '-D', from, '-m', 'fast'], as: asOwner },
    ...(isThere
      ? [
          { step: 'stop', argv: ['pg_ctl', 'stop', '-D', at, '-m', 'fast'], as: asOwner },
          { step: 'exchange', argv: ['rename', at, aside] },
        ]
      : []),
    { step: 'exchange', argv: ['rename', from, at] },
    { step: 'start', argv: ['pg_ctl', 'start', '-D', at, ...(options ? ['-o', options] : [])], as: asOwner },
    { step: 'start', sql: 'select pg_switch_wal()', as: 'login backup' },
  ];
}

/** The dry run of letting a restored cluster take the place of the old one. */
export async function planCutOver(
  ctx: PlanContext,
  input: CutOverInput,
  checks: HangerChecks,
): Promise<Draft> {
  const blockers: Draft['blockers'] = [];
  const warnings: string[] = [];
  const stanza = await ctx.stanza();
  const mark = readMark(input.directory);
  if (
    !mark ||
    mark.clusterId !== ctx.target.clusterId ||
    mark.systemIdentifier !== ctx.target.systemIdentifier
  ) {
    blockers.push({
      message: `${input.directory} holds no cluster that this console has restored for ${ctx.target.clusterName}.`,
      next: 'Restore the whole cluster in a new place first, and name that directory.',
    });
  }
  const at = stanza?.dataDirectory ?? '';
  if (!stanza || at === '') {
    blockers.push({
      message: 'The data directory of the server is not known.',
      next: 'Set up archiving on the recovery page: it finds out where it is.',
    });
  }
  const of: Exchange = {
    major: mark?.major ?? 0,
    at,
    from: `${input.directory}/data`,
    aside: `${at}.before-${(mark?.runId ?? 'none').slice(-8)}`,
  };
  const problem = at && mark ? renameProblem(of) : undefined;
  if (problem) blockers.push(problem);
  const reached = typeof mark?.reached.at === 'string' ? mark.reached.at : null;
  const isThere = at !== '' && existsSync(at);
  const last = await ctx.lastKnown();
  const configFile = stanza ? ctx.stanzaConfigPath(stanza) : '';
  const former = isThere ? undefined : formerStart(last, { ...of, port: ctx.target.port });
  warnings.push(...(former?.warnings ?? []));
  const since = reached ? momentText(reached) : 'the restored moment';
  warnings.push(
    isThere
      ? `What was committed in the old server after ${since} stays only in ${of.aside}.`
      : `${at} is gone: what was committed in the old server after ${since} is lost, and there is nothing to go back to.`,
    'A service manager that watches the old server must not start it meanwhile: stop its service first if it does.',
    'A full backup is planned when it is done: until then a restore goes over the change of timeline.',
  );
  const params = { ...of, stanza: stanza?.name ?? '', configFile, known: former?.options ?? '' };
  return {
    summary: `Let the cluster restored in ${input.directory} take the place of the server in ${at}; ${isThere ? `the old files stay in ${of.aside}` : 'nothing is left of the old files'}.`,
    acts: acts(params),
    params,
    warnings,
    blockers,
    estimates: [lostWork(ctx, last, reached)],
    tables: await hangers(ctx, last, checks, warnings),
  };
}

/** The dry run of the way back: the old files are put in place again, on a new timeline. */
export async function planUndo(ctx: PlanContext, input: UndoInput, checks: HangerChecks): Promise<Draft> {
  const blockers: Draft['blockers'] = [];
  const stanza = await ctx.stanza();
  const { dataDirectory, aside, directory } = input;
  const isOurs = aside.startsWith(`${dataDirectory}.before-`) && stanza?.dataDirectory === dataDirectory;
  if (!isOurs) {
    blockers.push({
      message: `${aside} is not what a cut-over of this server has set aside.`,
      next: 'Undo it from the run that did it.',
    });
  }
  const of: Exchange = {
    major: readMark(directory)?.major ?? Math.floor(ctx.target.serverVersionNum / 10_000),
    at: dataDirectory,
    from: aside,
    aside: `${directory}/data`,
  };
  const problem = !isOurs
    ? undefined
    : existsSync(aside)
      ? renameProblem(of)
      : {
          message: `There is no old server to put back: ${aside} does not exist.`,
          next: 'Its files were gone before the cut-over, or were removed since. Restore the cluster to a moment instead.',
        };
  if (problem) blockers.push(problem);
  const warnings = [
    `What was committed since the cut-over stays only in ${of.aside}.`,
    'The old server goes on with a new timeline, so that its WAL cannot be taken for the other’s.',
  ];
  const params = {
    ...of,
    stanza: stanza?.name ?? '',
    configFile: stanza ? ctx.stanzaConfigPath(stanza) : '',
    known: '',
  };
  return {
    summary: `Put the old server’s files in ${aside} back into ${dataDirectory}.`,
    acts: acts(params),
    params,
    warnings,
    blockers,
    estimates: [],
    tables: await hangers(ctx, await ctx.lastKnown(), checks, warnings),
  };
}

export const stopServers = async (ctx: CutOverContext | UndoContext): Promise<JsonObject> =>
  stopBoth(ctx, ctx.params);

export const exchangeFiles = async (ctx: CutOverContext | UndoContext): Promise<JsonObject> => {
  exchange(ctx.params);
  const { at, from, aside } = ctx.params;
  ctx.log(
    'info',
    `${from} is ${at} now; ${existsSync(aside) ? `what was there is ${aside}` : 'nothing was there'}.`,
  );
  return { at: ctx.params.at, aside: ctx.params.aside };
};

export const seeExchange = async (ctx: CutOverContext | UndoContext): Promise<JsonObject | undefined> =>
  isExchanged(ctx.params) ? { at: ctx.params.at, aside: ctx.params.aside } : undefined;

export const goBack = (ctx: CutOverContext | UndoContext): Promise<void> =>
  putBack(ctx, ctx.params, {
    wasRunning: ctx.outputs.stop?.wasRunning === true,
    otherRan: ctx.outputs.stop?.otherRan === true,
  });

/** Starts what was put in place, proves that it archives, and says what is left to do. */
export async function startRestored(ctx: CutOverContext): Promise<JsonObject> {
  const facts = await startInPlace(ctx, ctx.params, ctx.params.known);
  return report(ctx, facts, 'Cut-over to the restored cluster');
}

/** Starts the old server again, on a timeline of its own. */
export async function startOld(ctx: UndoContext): Promise<JsonObject> {
  const { params } = ctx;
  makeOwnedDirectory(path.dirname(params.aside), toolUserName());
  const more = newTimeline(params.at, { configFile: await ctx.stanzaConfig(), stanza: params.stanza });
  return report(ctx, await startInPlace(ctx, params, params.known, more), 'Way back to the old server');
}

async function report(
  ctx: CutOverContext | UndoContext,
  facts: JsonObject,
  title: string,
): Promise<JsonObject> {
  const { at, aside } = ctx.params;
  const isArchiving = facts.archiving === null;
  if (!isArchiving) ctx.log('error', `Archiving is not proven: ${String(facts.archiving)}`);
  ctx.log(
    'warn',
    'Rebuild the standbys and slots that the plan lists; the full backup has a plan of its own.',
  );
  await ctx.evidence({
    type: 'cut-over',
    verdict: isArchiving ? 'pass' : 'partial',
    title,
    facts: {
      ...facts,
      archiving: isArchiving ? 'on: a segment of this timeline has arrived' : String(facts.archiving),
      dataDirectory: at,
      setAside: existsSync(aside) ? aside : 'nothing: it was gone',
      next: 'a full backup; standbys and slots',
    },
  });
  return { ...facts, dataDirectory: at, aside };
}
