import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, OpenCopy, Session, StepContext, ToolResult } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import { markOf, withMark } from '@/lib/procedures/database-beside-mark';
import {
  type BesideParams,
  besideRestoreArguments,
  closeToOthers,
  copyDumpArguments,
  restoredMark,
} from '@/lib/procedures/database-beside-plan';
import type { BesideInput } from '@/lib/procedures/database-beside-source';
import { carryOver, commentStatement, readTraits } from '@/lib/procedures/database-carry-over';
import { listDump } from '@/lib/procedures/dump-run';
import { parseTocList, tableDataEntries } from '@/lib/procedures/toc-list';
import { shownList } from '@/lib/procedures/validation';
import { removeTree } from '@/lib/tools/files';

export type BesideContext = StepContext<BesideInput, BesideParams>;

const longMs = 48 * 3600_000;
const createMs = 600_000;
const keptErrors = 50;

/** Works with a session of one login and closes it. */
export async function withSession<T>(
  opened: Promise<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await opened;
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Drops the database if this very run made it; one that somebody else made is never touched. */
export async function dropOwn(ctx: BesideContext): Promise<boolean> {
  const { name } = ctx.params;
  return withSession(ctx.connect('operate'), async (session) => {
    const there = await readTraits(session, name);
    if (!there || markOf(there.comment)?.run !== ctx.runId) return false;
    await session.query(`drop database ${quoteIdent(name)} with (force)`, [], { deadlineMs: createMs });
    return true;
  });
}

/** Drops the database if it is this run's own, then makes it anew: empty, closed to others, marked as this run's. */
async function makeEmpty(ctx: BesideContext): Promise<void> {
  const { name, create } = ctx.params;
  if (await dropOwn(ctx)) ctx.log('warn', `Dropped what an earlier attempt had left of ${name}.`);
  await withSession(ctx.connect('operate'), async (session) => {
    if (await readTraits(session, name)) {
      throw new PlumblineError('conflict', `There is a database “${name}” now that this run did not make.`, {
        next: 'Plan again with another name.',
      });
    }
    await session.query(create, [], { deadlineMs: createMs });
    await session.query(closeToOthers(name));
    await session.query(commentStatement(name, withMark(null, restoredMark(ctx.params, ctx.runId))));
  });
}

async function isOwn(ctx: BesideContext): Promise<boolean> {
  const { name } = ctx.params;
  const there = await withSession(ctx.connect('operate'), (session) => readTraits(session, name));
  return markOf(there?.comment ?? null)?.run === ctx.runId;
}

/**
 * Fills a new database from the dump or the copy. Every line of pg_restore that says error counts: with one of them
 * the restore has failed, unless the input says to keep what could be restored.
 *
 * It outlives its worker and a blink of the console's database: a repeat in the same directory leaves the database as it
 * is and waits for the pg_restore that fills it. Where that one has ended otherwise than well (nobody waited for it, its
 * machine was started anew), the database is made empty and filled once more.
 *
 * @throws PlumblineError `conflict` when a foreign database has the name, `tool-failed` with the tool's words.
 */
export async function restoreBeside(ctx: BesideContext): Promise<JsonObject> {
  const { name, major } = ctx.params;
  const begun = path.join(ctx.runDir, 'filling');
  const isRepeat = existsSync(begun) && (await isOwn(ctx));
  const startedAt = performance.now();
  const directory = ctx.params.dump ?? (isRepeat ? copyDirectory(ctx) : await dumpCopy(ctx));
  const dumpSeconds = (performance.now() - startedAt) / 1000;
  if (!isRepeat) {
    await makeEmpty(ctx);
    writeFileSync(begun, '');
  }
  const total = tableDataEntries(parseTocList(await listDump(ctx, major, directory))).length;
  let filled = await fill(ctx, directory, total);
  if (isRepeat && !isClean(filled)) {
    ctx.log('warn', 'The pg_restore of an earlier worker did not end well: the database is filled anew.');
    await makeEmpty(ctx);
    filled = await fill(ctx, directory, total);
  }
  const { result, errors, errorLines } = filled;
  judge(ctx, result, errors, errorLines);
  if (errorLines > 0) {
    const mark = restoredMark(ctx.params, ctx.runId, errorLines);
    await withSession(ctx.connect('operate'), (session) =>
      session.query(commentStatement(name, withMark(null, mark))),
    );
  }
  if (!ctx.params.dump) removeTree(directory);
  return { errors, errorLines, dumpSeconds, restoreSeconds: result.durationMs / 1000 };
}

interface Filled {
  result: ToolResult;
  errors: string[];
  errorLines: number;
}

const isClean = ({ result, errorLines }: Filled) => result.exitCode === 0 && errorLines === 0;

async function fill(ctx: BesideContext, directory: string, total: number): Promise<Filled> {
  const { name, major } = ctx.params;
  const errors: string[] = [];
  let errorLines = 0;
  let done = 0;
  const result = await ctx.tool({
    program: 'pg_restore',
    major,
    args: besideRestoreArguments(ctx.input.jobs, directory),
    connect: { purpose: 'operate', database: name },
    onLine: (line) => {
      if (/finished item \d+ TABLE DATA/.test(line)) {
        done += 1;
        ctx.progress(done, total, 'restoring tables');
      }
      if (line.startsWith('pg_restore: error:')) {
        errorLines += 1;
        if (errors.length < keptErrors) errors.push(line.slice(19, 1019));
        ctx.log('error', line);
      } else if (line.startsWith('pg_restore: warning:')) ctx.log('warn', line);
    },
    deadlineMs: longMs,
  });
  // Of an earlier worker's child only the last words are known, and its own count stands among them.
  const said = Number(/errors ignored on restore: (\d+)/.exec(result.stderrTail)?.[1] ?? 0);
  return { result, errors, errorLines: errorLines > 0 ? errorLines : said };
}

function judge(ctx: BesideContext, result: ToolResult, errors: string[], errorLines: number): void {
  if (result.exitCode === 0 && errorLines === 0) return;
  // Exit code 1 is also that of a restore that went on to its end (pg_restore, “errors ignored on restore”).
  const wentOn = result.exitCode === 1 && /errors ignored on restore: \d+/.test(result.stderrTail);
  if (wentOn && ctx.input.keepWithErrors) return;
  const how = result.signal ? `was ended by ${result.signal}` : `ended with code ${result.exitCode}`;
  const words = errors.length > 0 ? shownList(errors) : result.stderrTail.slice(-500).trim();
  throw new PlumblineError('tool-failed', `pg_restore ${how} after ${errorLines} errors: ${words}`, {
    next: wentOn
      ? 'The new database was dropped again. Mend the causes, or plan it with “Keep it with errors”.'
      : 'The new database was dropped again. Mend the cause and plan it again.',
  });
}

const copyDirectory = (ctx: BesideContext) => path.join(ctx.runDir, 'copy');

/** Reads the database out of the copy. A repeat waits for the pg_dump that runs, and reads anew where that one failed. */
async function dumpCopy(ctx: BesideContext): Promise<string> {
  const copy = await copyOf(ctx);
  const directory = copyDirectory(ctx);
  const begun = path.join(ctx.runDir, 'reading');
  const isRepeat = existsSync(begun);
  if (!isRepeat) {
    removeTree(directory);
    writeFileSync(begun, '');
  }
  ctx.progress(0, null, 'reading the copy');
  const { database } = ctx.params;
  const dump = () =>
    ctx.tool({
      program: 'pg_dump',
      major: ctx.params.major,
      args: copyDumpArguments(copy, database, { jobs: ctx.input.jobs, directory }),
      deadlineMs: longMs,
    });
  let result = await dump();
  if (result.exitCode !== 0 && isRepeat) {
    removeTree(directory);
    result = await dump();
  }
  if (result.exitCode === 0) return directory;
  throw new PlumblineError(
    'tool-failed',
    `pg_dump of the copy failed: ${result.stderrTail.slice(-500).trim()}`,
    {
      next: 'Nothing was made on the server. See whether the copy is still open.',
    },
  );
}

export function copyOf(ctx: BesideContext): Promise<OpenCopy> {
  return ctx.copy(ctx.input.copyId ?? '');
}

/** Gives it what no dump brings; what the server refuses is kept with its statement. */
export async function carryTraits(ctx: BesideContext): Promise<JsonObject> {
  const { name, carry } = ctx.params;
  return withSession(ctx.connect('operate'), async (session) => {
    const here = await readTraits(session, name);
    const mark = markOf(here?.comment ?? null) ?? restoredMark(ctx.params, ctx.runId);
    // Under the very name of a database that was lost it is the one in use: no mark, so that nobody drops it as a spare.
    const isBeside = name !== ctx.params.database;
    const text = isBeside ? withMark(ctx.params.comment, mark) : ctx.params.comment;
    const comment = commentStatement(name, text);
    const refused = await carryOver(session, [...carry, comment]);
    for (const problem of refused) ctx.log('warn', `Not carried over: ${problem}`);
    return { refused };
  });
}

/** Statistics before anybody asks a question: a fresh database has none, and plans of it are guesses. */
export async function analyzeDatabase(ctx: StepContext, database: string): Promise<JsonObject> {
  const startedAt = performance.now();
  await withSession(ctx.connect('operate', database), (session) =>
    session.query('analyze', [], { deadlineMs: longMs }),
  );
  return { seconds: (performance.now() - startedAt) / 1000 };
}

/** After failure or cancel: what this run made goes, unless it is complete and was asked to be kept. */
export async function putAwayBeside(ctx: BesideContext): Promise<void> {
  if (ctx.input.keepWithErrors && ctx.outputs.restore) return;
  try {
    if (await dropOwn(ctx)) ctx.log('info', `Dropped the unfinished database ${ctx.params.name}.`);
  } catch (error) {
    ctx.log('error', `The unfinished database ${ctx.params.name} could not be dropped: ${messageOf(error)}`);
    throw error;
  }
}
