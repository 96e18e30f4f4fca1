import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { JsonObject, PlanContext, PlanDraft, StepContext } from '@/lib/engine/define-job';
import { readMark } from '@/lib/procedures/cluster-restore-place';
import { newTimeline, optionsOf, whenPrimary } from '@/lib/procedures/cut-over-acts';
import { readPoolerFile } from '@/lib/procedures/pooler-file';
import { hostsOf } from '@/lib/procedures/pooler-hosts';
import { letTransactionsEnd, type PoolerTurn, pointsTo, resume, turn } from '@/lib/procedures/pooler-turn';
import { startForGood, stopInOrder } from '@/lib/procedures/server-control';
import { repointed } from '@/lib/tools/pgbouncer/ini';

export type UndoRepointInput = {
  poolerId: string;
  file: string;
  former: string;
  at: string;
  directory: string;
};
export type UndoRepointParams = PoolerTurn & { major: number; at: string; data: string; stanza: string };
export type UndoRepointContext = StepContext<UndoRepointInput, UndoRepointParams>;

/** The dry run of sending the clients back: the file as it was, the old server on a new timeline. */
export async function planUndoRepoint(
  ctx: PlanContext,
  input: UndoRepointInput,
): Promise<PlanDraft<UndoRepointParams>> {
  const { file, former, at, directory, poolerId } = input;
  const blockers: PlanDraft['blockers'] = [];
  const mark = readMark(directory);
  const stanza = await ctx.stanza();
  const data = `${directory}/data`;
  const pooler = (await ctx.poolers.list()).find(({ id }) => id === poolerId);
  const next = 'Undo it from the run that did it.';
  if (!mark || mark.clusterId !== ctx.target.clusterId || !former.startsWith(`${file}.before-`)) {
    blockers.push({ message: `${former} is not what such a run of this cluster has kept.`, next });
  } else if (!existsSync(former)) {
    blockers.push({
      message: `${former} is gone.`,
      next: 'Write the old port into the file by hand, then RELOAD.',
    });
  }
  if (!existsSync(at)) {
    blockers.push({
      message: `There is no old server to go back to: ${at} does not exist.`,
      next: 'Its files were gone before, or were removed since. Restore the cluster to a moment instead.',
    });
  }
  if (!pooler)
    blockers.push({ message: 'This PgBouncer is not attached any more.', next: 'Attach it again.' });
  else {
    const byHand = `By hand: put ${former} back as ${file}, then RELOAD.`;
    const found = await readPoolerFile(ctx.poolers, pooler, byHand);
    if ('blockers' in found) blockers.push(...found.blockers);
    else if (found.file !== file)
      blockers.push({ message: `${pooler.name} reads ${found.file} now, not ${file}.`, next: byHand });
  }
  const newPort = mark?.port ?? 0;
  const socketDirectory = `${directory}/s`;
  const old = { hosts: hostsOf(ctx.target.host), port: ctx.target.port };
  const formerText = blockers.length === 0 ? readFileSync(former, 'utf8') : '';
  const { changes } = repointed(formerText, old, { port: newPort, socketDirectory });
  const asOwner = 'the owner of the server’s files';
  const asPooler = `console of PgBouncer ${pooler?.name ?? ''}`;
  return {
    summary: `Send the clients of PgBouncer ${pooler?.name ?? ''} back to the old server in ${at}; the restored one in ${directory} is stopped and its files stay.`,
    acts: [
      { step: 'stop', sql: 'pause; -- where its login may', as: asPooler },
      { step: 'stop', argv: ['pg_ctl', 'stop', '-D', data, '-m', 'fast'], as: asOwner },
      { step: 'start', argv: ['pg_ctl', 'start', '-D', at, '-o', optionsOf(at)], as: asOwner },
      { step: 'repoint', argv: ['mv', former, file] },
      { step: 'repoint', sql: 'reload; resume', as: asPooler },
    ],
    params: {
      ...{ poolerId, file, former, at, data, newPort, socketDirectory },
      databases: changes.map(({ database }) => database),
      oldPort: ctx.target.port,
      systemIdentifier: ctx.target.systemIdentifier,
      major: mark?.major ?? 0,
      stanza: stanza?.name ?? '',
    },
    warnings: [
      `What was committed since stays only in ${data}.`,
      'The old server goes on with a new timeline, so that its WAL cannot be taken for the other’s.',
    ],
    blockers,
    estimates: [],
  };
}

/** Clients wait, then the restored server is stopped. */
export async function stopNew(ctx: UndoRepointContext): Promise<JsonObject> {
  await letTransactionsEnd(ctx, ctx.params);
  return { wasRunning: await stopInOrder(ctx, ctx.params.major, ctx.params.data) };
}

/** Starts the restored one again after a failure, unless the old one is up: it may have taken writes. */
export async function startNewAgain(ctx: UndoRepointContext): Promise<void> {
  const { major, data } = ctx.params;
  if (ctx.outputs.stop?.wasRunning === true && ctx.outputs.start === undefined) {
    await startForGood(ctx, { major, data, logFile: `${data}/../server.log`, options: optionsOf(data) });
    ctx.log('warn', `The server in ${data} runs again as before.`);
  }
  await resume(ctx, ctx.params);
}

export async function startOldServer(ctx: UndoRepointContext): Promise<JsonObject> {
  const { major, at, data, stanza } = ctx.params;
  const more = newTimeline(at, { configFile: await ctx.stanzaConfig(), stanza });
  const options = [optionsOf(at), more].join(' ');
  await startForGood(ctx, { major, data: at, logFile: `${data}/../server.log`, options });
  const session = await whenPrimary(ctx);
  await session.close();
  return { at };
}

export async function pointBack(ctx: UndoRepointContext): Promise<JsonObject> {
  const { params } = ctx;
  const proof = await turn(ctx, params, 'old');
  rmSync(params.former, { force: true });
  const stanza = await ctx.stanza();
  if (stanza && stanza.configPath === null) {
    const server = { ...(stanza.facts.server as JsonObject | undefined), port: params.oldPort };
    await ctx.changeStanza({ dataDirectory: params.at, facts: { ...stanza.facts, server } });
  }
  await ctx.evidence({
    type: 'cut-over',
    verdict: 'pass',
    title: 'PgBouncer leads to the old server again',
    facts: { ...proof, file: params.file, next: 'a full backup; standbys and slots' },
  });
  return proof;
}

export async function seePointBack(ctx: UndoRepointContext): Promise<JsonObject | undefined> {
  return pointsTo(ctx, ctx.params, 'old').catch(() => undefined);
}
