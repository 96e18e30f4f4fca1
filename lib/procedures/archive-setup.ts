import { existsSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, Session, StepContext } from '@/lib/engine/define-job';
import { passfileFor, readArchiveServer, serverFacts } from '@/lib/procedures/archive-server';
import {
  isArchiving,
  type SetupInput,
  type SetupParams,
  setupArgs,
} from '@/lib/procedures/archive-setup-plan';
import {
  archivingSql,
  keepPrevious,
  previousSql,
  readPrevious,
  runEach,
  shownCommand,
} from '@/lib/procedures/archive-setup-sql';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { backrestError } from '@/lib/tools/pgbackrest/errors';
import { toolUserName } from '@/lib/tools/system-user';

export type SetupContext = StepContext<SetupInput, SetupParams>;

const title = 'How the server archives';
const reloadMs = 10_000;

/** Opens a session, gives it on and closes it. */
async function asOperate<T>(
  ctx: Pick<StepContext, 'connect'>,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await ctx.connect('operate');
  try {
    return await act(session);
  } finally {
    await session.close();
  }
}

/** Notes how the server archives, side by side before and after. */
export async function noteArchiving(
  ctx: Pick<StepContext, 'connect' | 'evidence' | 'target'>,
  phase: 'before' | 'after',
  verdict: 'pass' | 'partial' | 'info',
  more: JsonObject = {},
): Promise<void> {
  const facts = await asOperate(ctx, async (session) => {
    const server = await readArchiveServer(session);
    const [stat] = await session.query(
      `select archived_count::float8 as archived, failed_count::float8 as failed,
         last_archived_wal as "lastArchived", last_archived_time::text as "lastArchivedAt",
         last_failed_wal as "lastFailed"
       from pg_catalog.pg_stat_archiver`,
    );
    return {
      archiveMode: server.archiveMode,
      archiveCommand: shownCommand(server.archiveCommand),
      archiveTimeoutSeconds: server.archiveTimeoutSeconds,
      ...stat,
    };
  });
  await ctx.evidence({ type: 'archiving', verdict, title, phase, facts: { ...facts, ...more } });
}

/** Folders, then the file: repository folders are made for the owner of the data directory alone. */
export async function writeConfiguration(ctx: SetupContext): Promise<JsonObject> {
  const { params } = ctx;
  await noteArchiving(ctx, 'before', 'info');
  // One that is there was looked at by the plan, and keeps its owner.
  for (const path of params.repositoryPaths) if (!existsSync(path)) makeOwnedDirectory(path, toolUserName());
  await ctx.changeStanza({
    instanceId: ctx.target.instanceId,
    dataDirectory: params.server.dataDirectory,
    facts: serverFacts(params.server),
  });
  const file = await ctx.stanzaConfig();
  ctx.log('info', `Wrote ${file}.`);
  return { file };
}

/** One of pgBackRest's own commands. */
export async function runSetupCommand(
  ctx: SetupContext,
  command: 'stanza-create' | 'check',
): Promise<JsonObject> {
  await ctx.stanzaConfig();
  const lines: string[] = [];
  const result = await ctx.tool({
    program: pgbackrestProgram,
    args: setupArgs(command, ctx.params),
    passfile: passfileFor(ctx.params.server, ctx.params.purpose),
    deadlineMs: 10 * 60_000,
    onLine: (line) => {
      lines.push(line);
      if (lines.length > 200) lines.shift();
    },
  });
  if (result.exitCode !== 0) throw backrestError(result.exitCode, lines);
  return { milliseconds: result.durationMs };
}

/** Sets the command, keeps the former one, and waits until the server says that it has read it. */
export async function turnOnArchiving(ctx: SetupContext): Promise<JsonObject> {
  const { params } = ctx;
  return asOperate(ctx, async (session) => {
    const server = await readArchiveServer(session);
    keepPrevious(params.configFile, server, params.archiveCommand);
    await runEach(session, archivingSql(params));
    await untilCommand(ctx, session, (command) => command === params.archiveCommand || !isArchiving(server));
    return { before: shownCommand(server.archiveCommand), restartNeeded: !isArchiving(server) };
  });
}

async function untilCommand(
  ctx: Pick<StepContext, 'signal' | 'target'>,
  session: Session,
  isRight: (command: string) => boolean,
): Promise<void> {
  const until = Date.now() + reloadMs;
  for (;;) {
    const { archiveCommand } = await readArchiveServer(session);
    if (isRight(archiveCommand)) return;
    if (Date.now() > until) {
      throw new PlumblineError('timed-out', 'The server did not take the new archive_command over.', {
        next: 'See the server’s log: another setting in its files may be wrong, so that it reads none.',
      });
    }
    ctx.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Puts the former command back. `changedTimeout`: the timeout too. */
export async function putPreviousBack(
  ctx: Pick<StepContext, 'connect' | 'signal' | 'target'>,
  configFile: string,
  changedTimeout: boolean,
): Promise<JsonObject> {
  const previous = readPrevious(configFile);
  return asOperate(ctx, async (session) => {
    const before = await readArchiveServer(session);
    await runEach(session, previousSql(previous, changedTimeout));
    await untilCommand(
      ctx,
      session,
      (command) =>
        command !== before.archiveCommand || previous?.archiveCommand === command || !isArchiving(before),
    );
    const after = await readArchiveServer(session);
    return { archiveCommand: shownCommand(after.archiveCommand) };
  });
}

/** Proves that a segment comes into every repository, and only then calls the stanza active. */
export async function checkArchiving(ctx: SetupContext): Promise<JsonObject> {
  if (ctx.outputs.archive?.restartNeeded === true) {
    await noteArchiving(ctx, 'after', 'partial', { open: 'archive_mode takes effect at the next restart' });
    ctx.log(
      'warn',
      'archive_mode takes effect at the next restart: restart the server, then run this again.',
    );
    return { isArchiving: false };
  }
  await runSetupCommand(ctx, 'check');
  await ctx.changeStanza({ state: 'active' });
  await noteArchiving(ctx, 'after', 'pass');
  return { isArchiving: true };
}
