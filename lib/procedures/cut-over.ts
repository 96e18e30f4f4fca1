import path from 'node:path';
import { messageOf } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { shellQuoted } from '@/lib/procedures/cluster-restore-config';
import { readMark } from '@/lib/procedures/cluster-restore-place';
import {
  type Exchange,
  exchange,
  isExchanged,
  putBack,
  renameProblem,
  startInPlace,
  stopBoth,
} from '@/lib/procedures/cut-over-acts';
import { fetchCommand } from '@/lib/procedures/physical-restore-config';
import { makeOwnedDirectory, writeSecretFile } from '@/lib/tools/files';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { runningPostmaster } from '@/lib/tools/postgres';
import { findProgram } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

export type CutOverInput = { directory: string };
export type UndoInput = { dataDirectory: string; aside: string; directory: string };
export type CutOverParams = Exchange & { stanza: string; configFile: string };
export type CutOverContext = StepContext<CutOverInput, CutOverParams>;
export type UndoContext = StepContext<UndoInput, CutOverParams>;

type Draft = PlanDraft<CutOverParams>;

const asOwner = 'the owner of the server’s files';

function acts({ at, from, aside }: Exchange): Draft['acts'] {
  return [
    { step: 'stop', argv: ['pg_ctl', 'stop', '-D', from, '-m', 'fast'], as: asOwner },
    { step: 'stop', argv: ['pg_ctl', 'stop', '-D', at, '-m', 'fast'], as: asOwner },
    { step: 'exchange', argv: ['rename', at, aside] },
    { step: 'exchange', argv: ['rename', from, at] },
    { step: 'start', argv: ['pg_ctl', 'start', '-D', at, '-o', '{options of before}'], as: asOwner },
    { step: 'start', sql: 'select pg_switch_wal()', as: 'login backup' },
  ];
}

/** Who hangs on the server that is about to be set aside: nobody of them follows by itself. */
async function hangers(ctx: PlanContext, warnings: string[]): Promise<Draft['tables']> {
  if (ctx.target.isReachable === false) {
    warnings.push('The old server does not answer: its standbys and slots are as they were last known.');
    return [];
  }
  try {
    const session = await ctx.connect('watch');
    const standbys = await session.query(
      `select application_name::text as name, client_addr::text as address, state::text as state from pg_stat_replication`,
    );
    const slots = await session.query(
      `select slot_name::text as name, slot_type::text as type, active from pg_replication_slots`,
    );
    const [sessions] = await session.query(
      `select count(*)::int as count from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    await session.close();
    if (Number(sessions?.count) > 0)
      warnings.push(`${sessions?.count} sessions will be cut when the old server stops.`);
    return [
      {
        title: 'Standbys to rebuild: they follow the old timeline',
        columns: ['Standby', 'Address', 'State'],
        rows: standbys.map((row) => [String(row.name), String(row.address ?? ''), String(row.state)]),
      },
      {
        title: 'Replication slots to make anew',
        columns: ['Slot', 'Type', 'Active'],
        rows: slots.map((row) => [String(row.name), String(row.type), row.active ? 'yes' : 'no']),
      },
    ];
  } catch (error) {
    ctx.signal.throwIfAborted();
    warnings.push(`Standbys and slots could not be read: ${messageOf(error)}`);
    return [];
  }
}

/** The dry run of letting a restored cluster take the place of the old one. */
export async function planCutOver(ctx: PlanContext, input: CutOverInput): Promise<Draft> {
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
  warnings.push(
    `What was committed in the old server after ${reached ?? 'the restored moment'} stays only in ${of.aside}.`,
    'A service manager that watches the old server must not start it meanwhile: stop its service first if it does.',
    'Take a full backup when it is done: until then a restore goes over the change of timeline.',
  );
  const tables = await hangers(ctx, warnings);
  return {
    summary: `Let the cluster restored in ${input.directory} take the place of the server in ${at}; the old files stay in ${of.aside}.`,
    acts: acts(of),
    params: {
      ...of,
      stanza: stanza?.name ?? '',
      configFile: stanza ? ctx.stanzaConfigPath(stanza) : '',
    },
    warnings,
    blockers,
    estimates: [
      {
        label: 'Committed since the restored moment',
        value: reached ? Math.max(0, (Date.now() - Date.parse(reached)) / 1000) : null,
        unit: 'seconds',
      },
    ],
    tables: (tables ?? []).filter(({ rows }) => rows.length > 0),
  };
}

/** The dry run of the way back: the old files are put in place again, on a new timeline. */
export async function planUndo(ctx: PlanContext, input: UndoInput): Promise<Draft> {
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
  const problem = isOurs ? renameProblem(of) : undefined;
  if (problem) blockers.push(problem);
  const warnings = [
    `What was committed since the cut-over stays only in ${of.aside}.`,
    'The old server goes on with a new timeline, so that its WAL cannot be taken for the other’s.',
  ];
  const tables = await hangers(ctx, warnings);
  return {
    summary: `Put the old server’s files in ${aside} back into ${dataDirectory}.`,
    acts: acts(of),
    params: {
      ...of,
      stanza: stanza?.name ?? '',
      configFile: stanza ? ctx.stanzaConfigPath(stanza) : '',
    },
    warnings,
    blockers,
    estimates: [],
    tables: (tables ?? []).filter(({ rows }) => rows.length > 0),
  };
}

export const stopServers = async (ctx: CutOverContext | UndoContext): Promise<JsonObject> =>
  stopBoth(ctx, ctx.params);

export const exchangeFiles = async (ctx: CutOverContext | UndoContext): Promise<JsonObject> => {
  exchange(ctx.params);
  ctx.log('info', `${ctx.params.from} is ${ctx.params.at} now; what was there is ${ctx.params.aside}.`);
  return { at: ctx.params.at, aside: ctx.params.aside };
};

export const seeExchange = async (ctx: CutOverContext | UndoContext): Promise<JsonObject | undefined> =>
  isExchanged(ctx.params) ? { at: ctx.params.at, aside: ctx.params.aside } : undefined;

export const goBack = (ctx: CutOverContext | UndoContext): Promise<void> =>
  putBack(ctx, ctx.params, ctx.outputs.stop?.wasRunning === true);

/** Starts what was put in place, proves that it archives, and says what is left to do. */
export async function startRestored(ctx: CutOverContext): Promise<JsonObject> {
  return report(ctx, await startInPlace(ctx, ctx.params), 'Cut-over to the restored cluster');
}

/**
 * The old server ended on a timeline that the cluster has left: as it is, it would be taken for a former primary, and
 * its WAL for the other's. So it ends a recovery of its own, which gives it the next number that the archive knows.
 */
export async function startOld(ctx: UndoContext): Promise<JsonObject> {
  const { params } = ctx;
  const user = toolUserName();
  const place = { configFile: await ctx.stanzaConfig(), stanza: params.stanza };
  const program = findProgram(pgbackrestProgram) ?? pgbackrestProgram;
  makeOwnedDirectory(path.dirname(params.aside), user);
  // A repeat finds it running: it must not recover again at its next start.
  if (runningPostmaster(params.at) === undefined) writeSecretFile(`${params.at}/recovery.signal`, '', user);
  const settings = {
    restore_command: fetchCommand(program, place, 1, params.at),
    recovery_target_timeline: 'current',
  };
  const more = Object.entries(settings).map(([name, value]) => `-c ${shellQuoted(`${name}=${value}`)}`);
  return report(ctx, await startInPlace(ctx, params, more.join(' ')), 'Way back to the old server');
}

async function report(
  ctx: CutOverContext | UndoContext,
  facts: JsonObject,
  title: string,
): Promise<JsonObject> {
  const { at, aside } = ctx.params;
  const isArchiving = facts.archiving === null;
  if (!isArchiving) ctx.log('error', `Archiving is not proven: ${String(facts.archiving)}`);
  ctx.log('warn', 'Take a full backup now, and rebuild the standbys and slots that the plan lists.');
  await ctx.evidence({
    type: 'cut-over',
    verdict: isArchiving ? 'pass' : 'partial',
    title,
    facts: { ...facts, dataDirectory: at, setAside: aside, next: 'a full backup; standbys and slots' },
  });
  return { ...facts, dataDirectory: at, aside };
}
