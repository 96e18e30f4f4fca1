import { existsSync } from 'node:fs';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { serverOptions, shellQuoted } from '@/lib/procedures/cluster-restore-config';
import { readMark } from '@/lib/procedures/cluster-restore-place';
import { announceHistories, optionsOf, waitingHistories } from '@/lib/procedures/cut-over-acts';
import { formerStart } from '@/lib/procedures/cut-over-former';
import { type HangerChecks, hangers } from '@/lib/procedures/cut-over-hangers';
import { lostWork } from '@/lib/procedures/last-sign';
import { readPoolerFile } from '@/lib/procedures/pooler-file';
import { hostsOf } from '@/lib/procedures/pooler-hosts';
import {
  type Direction,
  letTransactionsEnd,
  type PoolerTurn,
  pointsTo,
  resume,
  turn,
} from '@/lib/procedures/pooler-turn';
import { startForGood, stopInOrder } from '@/lib/procedures/server-control';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { repointed } from '@/lib/tools/pgbouncer/ini';
import { findProgram } from '@/lib/tools/programs';

export type RepointInput = { directory: string; pooler: string };
export type RepointParams = PoolerTurn & {
  major: number;
  /** The old server's data directory, and the restored one's. */
  at: string;
  data: string;
  /** How the restored one is started for good. */
  options: string;
};
export type RepointContext = StepContext<RepointInput, RepointParams>;

/** The dry run of sending the clients of a PgBouncer to a restored cluster where it is. */
export async function planRepoint(
  ctx: PlanContext,
  input: RepointInput,
  checks: HangerChecks,
): Promise<PlanDraft<RepointParams>> {
  const blockers: PlanDraft['blockers'] = [];
  const warnings: string[] = [];
  const stanza = await ctx.stanza();
  const mark = readMark(input.directory);
  const { clusterId, systemIdentifier } = ctx.target;
  if (!mark || mark.clusterId !== clusterId || mark.systemIdentifier !== systemIdentifier) {
    blockers.push({
      message: `${input.directory} holds no cluster that this console has restored for ${ctx.target.clusterName}.`,
      next: 'Restore the whole cluster in a new place first, and name that directory.',
    });
  }
  const port = mark?.port ?? 0;
  const place = { port, socketDirectory: `${input.directory}/s` };
  const poolers = await ctx.poolers.list();
  const pooler = poolers.find(({ name }) => name === input.pooler);
  let file = '';
  let former = '';
  let changes: { database: string; before: string; after: string }[] = [];
  if (!pooler) {
    blockers.push({
      message: `No PgBouncer named ${input.pooler} is attached to ${ctx.target.instanceName}.`,
      next: `Attach it on the server's page. Attached: ${poolers.map(({ name }) => name).join(', ') || 'none'}.`,
    });
  } else {
    const byHand = `By hand: in [databases] of its pgbouncer.ini set port=${port} (by socket also host=${place.socketDirectory}) in each entry that has port=${ctx.target.port}, then RELOAD.`;
    const found = await readPoolerFile(ctx.poolers, pooler, byHand);
    if ('blockers' in found) blockers.push(...found.blockers);
    else {
      const old = { hosts: hostsOf(ctx.target.host), port: ctx.target.port };
      const next = repointed(found.text, old, place);
      ({ file } = found);
      former = `${file}.before-${(mark?.runId ?? 'none').slice(-8)}`;
      changes = next.changes;
      const lines = changes.map(({ before, after }) => `“${before}” becomes “${after}”`).join('; ');
      if (next.includes.length > 0) {
        blockers.push({
          message: `${file} takes in ${next.includes.join(', ')}, where entries may stand that are not seen here.`,
          next: `By hand, there too${lines ? `: ${lines}` : ''}. Then RELOAD.`,
        });
      }
      if (changes.length === 0) {
        blockers.push({
          message: `No entry of ${file} points at ${ctx.target.host}:${ctx.target.port}.`,
          next: byHand,
        });
      }
      if (existsSync(former)) {
        blockers.push({
          message: `${former} is there already.`,
          next: 'Move it away if it is of no use any more.',
        });
      }
    }
  }
  const at = stanza?.dataDirectory ?? '';
  const last = await ctx.lastKnown();
  const data = `${input.directory}/data`;
  const configFile = stanza ? ctx.stanzaConfigPath(stanza) : '';
  const isThere = at !== '' && existsSync(at);
  const known = isThere ? optionsOf(at) : formerStart(last, { major: mark?.major ?? 0, at, port }).options;
  const archive = [
    findProgram(pgbackrestProgram) ?? pgbackrestProgram,
    ...[`--config=${configFile}`, `--stanza=${stanza?.name ?? ''}`, `--pg1-path=${data}`],
  ];
  const own = serverOptions({
    data_directory: data,
    port: String(port),
    unix_socket_directories: place.socketDirectory,
    external_pid_file: '',
    archive_mode: 'on',
    archive_command: `${archive.map(shellQuoted).join(' ').replaceAll('%', '%%')} archive-push %p`,
  });
  const options = [known, own].filter(Boolean).join(' ');
  const reached = typeof mark?.reached.at === 'string' ? mark.reached.at : null;
  warnings.push(
    ...(stanza?.isManaged === false || stanza?.configPath
      ? [
          `${configFile} is somebody else's: set pg1-path=${data}, pg1-port=${port} and pg1-socket-path=${place.socketDirectory} in it before the next backup.`,
        ]
      : []),
    `The restored server stays on port ${port}: give ${ctx.target.instanceName} that port in its settings afterwards, so that it is watched, then take a full backup.`,
    'Clients that do not go through this PgBouncer stay with the old address and find nobody there.',
    'The login of PgBouncer that was entered here must be a role of the server too: it proves who answers behind it.',
  );
  const asOwner = 'the owner of the server’s files';
  return {
    summary: `Send the clients of PgBouncer ${input.pooler} to the cluster restored in ${input.directory} on port ${port}; ${isThere ? `the server in ${at} is stopped and its files stay` : 'nothing is left of the old server'}.`,
    acts: [
      { step: 'stop', sql: 'pause; -- where its login may', as: `console of PgBouncer ${input.pooler}` },
      ...(isThere ? [{ step: 'stop', argv: ['pg_ctl', 'stop', '-D', at, '-m', 'fast'], as: asOwner }] : []),
      { step: 'start', argv: ['pg_ctl', 'start', '-D', data, '-o', options], as: asOwner },
      { step: 'repoint', argv: ['cp', '-p', file, former] },
      ...changes.map(({ before, after }) => ({ step: 'repoint', argv: ['rewrite', file, before, after] })),
      { step: 'repoint', sql: 'reload; resume', as: `console of PgBouncer ${input.pooler}` },
    ],
    params: {
      ...{ poolerId: pooler?.id ?? '', file, former, at, data, options },
      databases: changes.map(({ database }) => database),
      major: mark?.major ?? 0,
      oldPort: ctx.target.port,
      newPort: port,
      socketDirectory: place.socketDirectory,
      systemIdentifier,
    },
    warnings,
    blockers,
    estimates: [lostWork(ctx, last, reached)],
    tables: await hangers(ctx, last, checks, warnings),
  };
}

const forward: Direction = 'new';

/** Clients wait, then the old server is stopped: from here on nothing is written to it. */
export async function stopOld(ctx: RepointContext): Promise<JsonObject> {
  await letTransactionsEnd(ctx, ctx.params);
  const wasRunning = await stopInOrder(ctx, ctx.params.major, ctx.params.at);
  return { wasRunning };
}

/** Starts the old one again as it was, after a failure. */
export async function startOldAgain(ctx: RepointContext): Promise<void> {
  const { major, at, data } = ctx.params;
  if (ctx.outputs.stop?.wasRunning === true && existsSync(at)) {
    await startForGood(ctx, { major, data: at, logFile: `${data}/../server.log`, options: optionsOf(at) });
    ctx.log('warn', `The server in ${at} runs again as before.`);
  }
  await resume(ctx, ctx.params);
}

/** The restored one archives from here on: its history first, whose arrival is the proof. */
export async function startArchiving(ctx: RepointContext): Promise<JsonObject> {
  const { major, data, options } = ctx.params;
  await stopInOrder(ctx, major, data);
  announceHistories(data);
  await startForGood(ctx, { major, data, logFile: `${data}/../server.log`, options });
  const waiting = await archivedWithin(ctx, data);
  if (waiting.length > 0) {
    throw new PlumblineError(
      'tool-failed',
      `It does not archive: ${waiting.join(', ')} did not arrive in 90 s.`,
      {
        next: 'Read its log beside its data directory, mend what it says of archive_command, then repeat.',
      },
    );
  }
  return { archiving: true };
}

/** Histories that are still to be archived; empty as soon as there are none. */
async function archivedWithin(ctx: RepointContext, data: string): Promise<string[]> {
  const until = Date.now() + 90_000;
  for (;;) {
    const waiting = waitingHistories(data);
    if (waiting.length === 0 || Date.now() > until) return waiting;
    ctx.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Rewrites the file, lets PgBouncer read it, and proves who answers behind it; else the former file is put back. */
export async function repoint(ctx: RepointContext): Promise<JsonObject> {
  const { params, input } = ctx;
  const proof = await turn(ctx, params, forward);
  const stanza = await ctx.stanza();
  if (stanza && stanza.configPath === null) {
    const server = { ...(stanza.facts.server as JsonObject | undefined), port: params.newPort };
    await ctx.changeStanza({
      dataDirectory: params.data,
      facts: { ...stanza.facts, server: { ...server, socketDirectory: params.socketDirectory } },
    });
  }
  await ctx.evidence({
    type: 'cut-over',
    verdict: 'pass',
    title: `PgBouncer ${input.pooler} leads to the restored cluster`,
    facts: {
      ...proof,
      file: params.file,
      formerFile: params.former,
      next: `give ${ctx.target.instanceName} the port ${params.newPort}; a full backup; standbys and slots`,
    },
  });
  return { ...proof, ...wayBack(params) };
}

/** What the undo needs to know. */
const wayBack = ({ poolerId, file, former, at }: RepointParams): JsonObject => ({
  poolerId,
  file,
  former,
  at,
});

/** Whether PgBouncer leads to the restored one already. */
export async function seeRepoint(ctx: RepointContext): Promise<JsonObject | undefined> {
  const { params } = ctx;
  try {
    const proof = await pointsTo(ctx, params, forward);
    return { ...proof, ...wayBack(params) };
  } catch (error) {
    ctx.log('info', messageOf(error));
    return undefined;
  }
}
