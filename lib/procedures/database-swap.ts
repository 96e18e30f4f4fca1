import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, Session, StepContext } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { analyzeDatabase, withSession } from '@/lib/procedures/database-beside';
import { type BesideMark, markOf, stampOf, whyNoName, withMark } from '@/lib/procedures/database-beside-mark';
import {
  carryOver,
  commentStatement,
  databaseTraitsSchema,
  readTraits,
  traitDifferences,
  traitFacts,
} from '@/lib/procedures/database-carry-over';
import { sessionsOf } from '@/lib/procedures/database-swap-facts';
import {
  type SwapInput,
  type SwapParams,
  stampPlace,
  swapStatements,
  terminateStatement,
} from '@/lib/procedures/database-swap-plan';

export type SwapContext = StepContext<SwapInput, SwapParams>;

/** How often the renames are tried: each try ends who came in between. */
const tries = 3;
/** A rename waits for sessions that are ending (dbcommands.c, CountOtherDBBackends: up to 5 s): no longer than this. */
const renameMs = 2_000;

/** What the steps of a swap agree on once it has begun. */
type Begun = { kept: string; startedAt: string; traits: JsonObject; refused: string[] };

/** Gives the restored database what the one in use has at this moment, and notes how that one was. */
export async function carryForSwap(ctx: SwapContext): Promise<Begun> {
  const { database, restored } = ctx.input;
  const startedAt = new Date().toISOString();
  return withSession(ctx.connect('operate'), async (session) => {
    const live = await readTraits(session, database);
    if (!live) throw new PlumblineError('conflict', `There is no database “${database}” any more.`);
    const refused = await carryOver(session, ctx.params.carry);
    const next = await readTraits(session, restored);
    const left = next ? traitDifferences({ ...live, comment: null }, { ...next, comment: null }) : [];
    if (left.length > 0 && !ctx.input.acceptDifferences) {
      throw new PlumblineError(
        'conflict',
        `The restored database is not as the one in use, and this login may not make it so: ${left.join('; ')}`,
        {
          next: `As a superuser run what was refused, or plan it with “Accept what is missing”. ${refused.join('; ')}`,
        },
      );
    }
    await ctx.evidence({
      type: 'swap',
      verdict: 'info',
      title: `Database ${database}`,
      database,
      phase: 'before',
      facts: { ...traitFacts(live), sessions: (await sessionsOf(session, [database])).rows },
    });
    const kept = await freeName(session, ctx.params.kept, startedAt);
    return { kept, startedAt, traits: live, refused };
  });
}

/** The name for the replaced one. Of two swaps in one second the later one says so in its name. */
async function freeName(session: Session, planned: string, startedAt: string): Promise<string> {
  const stamp = stampOf(startedAt, 'second');
  const named = planned.replace(stampPlace, stamp);
  if (named === planned) return named;
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? named : planned.replace(stampPlace, `${stamp}_${count}`);
    const noName = whyNoName(name);
    if (noName) throw new PlumblineError('conflict', noName, { next: 'Plan it with another name.' });
    if (!(await readTraits(session, name))) return name;
  }
}

/** Statistics for tables that have none yet; a database that takes no connections was in use before. */
export async function analyzeForSwap(ctx: SwapContext): Promise<JsonObject> {
  const { restored } = ctx.input;
  const isOpen = await withSession(ctx.connect('operate'), async (session) => {
    const [row] = await session.query('select datallowconn as open from pg_database where datname = $1', [
      restored,
    ]);
    return row?.open === true;
  });
  if (!isOpen) return { skipped: 'it takes no connections: it was in use before' };
  const without = await withSession(ctx.connect('operate', restored), async (session) => {
    const [row] = await session.query(
      `select count(*)::float8 as count from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and c.reltuples < 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
    );
    return Number(row?.count);
  });
  if (without === 0) return { skipped: 'every table has statistics' };
  return analyzeDatabase(ctx, restored);
}

/** The database was renamed already when the kept name exists and the restored one does not. */
export async function wasSwapped(ctx: SwapContext): Promise<JsonObject | undefined> {
  const { kept } = ctx.outputs.carry as Begun;
  return withSession(ctx.connect('operate'), async (session) => {
    if (!(await readTraits(session, kept)) || (await readTraits(session, ctx.input.restored)))
      return undefined;
    await finish(ctx, session, kept);
    return { kept, closedMs: null, tries: null };
  });
}

/**
 * Closes both databases, ends their sessions and changes the names in one transaction. When a session gets in between
 * the whole transaction is undone, the session ended and it is tried again; at the end both are open as before.
 *
 * @throws PlumblineError `conflict` when somebody always got in: nothing has changed.
 */
export async function swap(ctx: SwapContext): Promise<JsonObject> {
  const { database, restored } = ctx.input;
  const { kept } = ctx.outputs.carry as Begun;
  const sql = swapStatements(database, restored, kept);
  return withSession(ctx.connect('operate'), async (session) => {
    const closedAt = performance.now();
    try {
      for (const statement of sql.close) await session.query(statement);
      for (let attempt = 1; ; attempt += 1) {
        const ended = await session.query(terminateStatement([database, restored]), [], {
          deadlineMs: 30_000,
        });
        ctx.log('info', `Ended ${ended.length} sessions.`);
        if (await renamed(ctx, session, sql.rename)) {
          await session.query(sql.open);
          const closedMs = Math.round(performance.now() - closedAt);
          ctx.log('info', `“${restored}” is now “${database}”; nobody could connect for ${closedMs} ms.`);
          await finish(ctx, session, kept);
          return { kept, closedMs, tries: attempt };
        }
        if (attempt === tries) {
          throw new PlumblineError('conflict', `Somebody connected again in each of ${tries} tries.`, {
            next: 'Nothing has changed and both databases are open. Stop what connects, then plan it again.',
          });
        }
      }
    } catch (error) {
      await reopen(ctx, session);
      throw error;
    }
  });
}

async function renamed(ctx: SwapContext, session: Session, statements: readonly string[]): Promise<boolean> {
  try {
    await session.query('begin');
    await session.query(`set local statement_timeout = ${renameMs}`);
    for (const statement of statements) await session.query(statement);
    await session.query('commit');
    return true;
  } catch (error) {
    await session.query('rollback').catch(() => {});
    const inUse = error instanceof InstanceError && ['55006', '57014'].includes(error.sqlState ?? '');
    if (!inUse) throw error;
    ctx.log('warn', `The names stay for now: ${messageOf(error)}`);
    return false;
  }
}

/** After a failure: whatever still has its old name takes connections again. */
export async function reopen(ctx: SwapContext, session: Session): Promise<void> {
  const { kept } = ctx.outputs.carry as Begun;
  if (await readTraits(session, kept)) return;
  for (const statement of swapStatements(ctx.input.database, ctx.input.restored, kept).reopen) {
    await session.query(statement);
  }
}

/** The restored one gets the comment of the one it replaces; that one is marked with the day until it is kept. */
async function finish(ctx: SwapContext, session: Session, kept: string): Promise<void> {
  const { database, keepDays } = ctx.input;
  const now = new Date();
  const mark: BesideMark = {
    of: database,
    made: 'replaced',
    moment: now.toISOString(),
    run: ctx.runId,
    until: new Date(now.getTime() + keepDays * 86_400_000).toISOString(),
    errors: 0,
  };
  await session.query(`${swapStatements(database, ctx.input.restored, kept).open}`);
  await session.query(commentStatement(database, ctx.params.comment));
  await session.query(commentStatement(kept, withMark(ctx.params.comment, mark)));
}

/** Asks the new one its first question and compares its rights and settings once more with those that were in use. */
export async function verifySwap(ctx: SwapContext): Promise<JsonObject> {
  const { database } = ctx.input;
  const { kept, startedAt, traits } = ctx.outputs.carry as Begun;
  await withSession(ctx.connect('operate', database), (session) => session.query('select 1'));
  const firstQuerySeconds = (Date.now() - Date.parse(startedAt)) / 1000;
  return withSession(ctx.connect('operate'), async (session) => {
    const after = await readTraits(session, database);
    const keptTraits = await readTraits(session, kept);
    if (!after || !keptTraits)
      throw new PlumblineError('tool-failed', 'The databases do not have their new names.');
    const differences = traitDifferences(databaseTraitsSchema.parse(traits), after);
    const until = markOf(keptTraits.comment)?.until ?? null;
    const closedMs = ctx.outputs.swap?.closedMs;
    await ctx.evidence({
      type: 'swap',
      verdict: differences.length > 0 ? 'partial' : 'pass',
      title: `Database ${database}`,
      database,
      phase: 'after',
      facts: {
        ...traitFacts(after),
        keptAs: kept,
        keptUntil: until,
        momentOfRows: ctx.params.moment,
        closedSeconds: typeof closedMs === 'number' ? closedMs / 1000 : null,
        firstQuerySeconds,
        differences,
      },
    });
    return { kept, until, firstQuerySeconds, differences };
  });
}
