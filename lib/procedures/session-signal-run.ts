import { setTimeout as wait } from 'node:timers/promises';
import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, Session, SqlRow, StepContext } from '@/lib/engine/define-job';
import { readSession, readVictims, type SeenSession } from '@/lib/procedures/session-signal-facts';
import { type SignalInput, type SignalParams, statementOf } from '@/lib/procedures/session-signal-plan';
import type { Signal } from '@/lib/procedures/session-signal-sql';

type Context = StepContext<SignalInput, SignalParams>;

/** A session that the signal is for, as it was just before. */
type Aimed = { pid: number; backendStart: string; queryStart: string | null };
type Before = { aimed: Aimed[]; waiters: number };

const title = 'Sessions and who waits for them';
/** A rollback may take its time; what has not ended by then is said to be there still. */
const goneWithinMs = 10_000;
const lookEveryMs = 100;

async function withSession<T>(
  ctx: Context,
  purpose: 'watch' | 'operate',
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await ctx.connect(purpose);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Whether a signalled session still does what it was told to stop. */
function isStill(signal: Signal, aimed: Aimed, now: SeenSession | undefined): boolean {
  if (!now) return false;
  return signal === 'terminate' || (now.state === 'active' && now.queryStart === aimed.queryStart);
}

async function stillThere(session: Session, signal: Signal, aimed: readonly Aimed[]): Promise<Aimed[]> {
  const left: Aimed[] = [];
  for (const one of aimed) if (isStill(signal, one, await readSession(session, one))) left.push(one);
  return left;
}

/** Notes whom the signal is for and who waits behind the root. */
export async function noteBefore(ctx: Context): Promise<Before> {
  return withSession(ctx, 'watch', async (session) => {
    const root = await readSession(session, ctx.input);
    const victims = root ? await readVictims(session, ctx.input) : [];
    const hit = ctx.input.whom === 'victims' ? victims : root ? [root] : [];
    const { user = null, database = null, state = null } = root ?? {};
    await ctx.evidence({
      type: 'session',
      verdict: 'info',
      title,
      phase: 'before',
      facts: { pid: ctx.input.pid, user, database, state, sessions: hit.length, waiters: victims.length },
    });
    return {
      aimed: hit.map(({ pid, backendStart, queryStart }) => ({ pid, backendStart, queryStart })),
      waiters: victims.length,
    };
  });
}

/**
 * Sends the signal in the one statement of the plan.
 *
 * @throws PlumblineError `conflict` when no session of that number and start is there any more.
 */
export async function sendSignal(ctx: Context, signal: Signal): Promise<JsonObject> {
  const rows = await withSession(ctx, 'operate', (session) =>
    session.query(statementOf(signal, ctx.input, ctx.params.ownUsers)),
  );
  const pidsWith = (signalled: SqlRow[string]) =>
    rows.filter((row) => row.signalled === signalled).map((row) => Number(row.pid));
  const [hit, ended, spared] = [pidsWith(true), pidsWith(false), pidsWith(null)];
  if (rows.length === 0) {
    throw new PlumblineError('conflict', 'It ended by itself before the signal was sent: nobody was hit.', {
      next: 'Look at the lock tree again.',
    });
  }
  if (spared.length === rows.length) {
    throw new PlumblineError(
      'not-allowed',
      `The login may not signal ${spared.join(', ')}: nobody was hit.`,
      {
        next: 'Grant pg_signal_backend to the operate login, then plan it again.',
      },
    );
  }
  ctx.log('info', `Signalled ${hit.length} of ${rows.length}: ${hit.join(', ')}.`);
  if (spared.length > 0) ctx.log('warn', `Left alone, the login may not signal them: ${spared.join(', ')}.`);
  return { signalled: hit.length, refused: rows.length - hit.length, pids: [...hit, ...ended] };
}

/** After a crash: done when nothing of what was aimed at goes on. What goes on may be signalled once more. */
export async function wasSent(ctx: Context, signal: Signal): Promise<JsonObject | undefined> {
  const { aimed } = ctx.outputs.before as Before;
  const left = await withSession(ctx, 'watch', (session) => stillThere(session, signal, aimed));
  return left.length === 0
    ? { signalled: aimed.length, refused: 0, pids: aimed.map(({ pid }) => pid) }
    : undefined;
}

/**
 * Waits until those that were signalled have stopped, and says who waits now.
 *
 * @throws PlumblineError `timed-out` when one goes on.
 */
export async function noteAfter(ctx: Context, signal: Signal): Promise<JsonObject> {
  const before = ctx.outputs.before as Before;
  const { pids } = ctx.outputs.signal as { pids: number[] };
  const aimed = before.aimed.filter(({ pid }) => pids.includes(pid));
  return withSession(ctx, 'watch', async (session) => {
    const until = performance.now() + goneWithinMs;
    let left = await stillThere(session, signal, aimed);
    while (left.length > 0 && performance.now() < until) {
      ctx.progress(aimed.length - left.length, aimed.length, 'stopped');
      await wait(lookEveryMs, undefined, { signal: ctx.signal });
      left = await stillThere(session, signal, left);
    }
    const waiters = (await readVictims(session, ctx.input)).length;
    const state = (await readSession(session, ctx.input))?.state ?? 'gone';
    const freed = Math.max(0, before.waiters - waiters);
    const stopped = aimed.length - left.length;
    await ctx.evidence({
      type: 'session',
      verdict: left.length === 0 ? 'pass' : 'fail',
      title,
      phase: 'after',
      facts: { pid: ctx.input.pid, state, sessions: left.length, waiters, stopped, freed },
    });
    if (left.length > 0) {
      throw new PlumblineError(
        'timed-out',
        `The server took the signal, but ${left.map(({ pid }) => pid).join(', ')} still runs after 10 s.`,
        {
          next:
            signal === 'cancel'
              ? 'A statement that is rolled back takes time; if it does not end, end the session.'
              : 'A large transaction is being rolled back, or the process hangs in the operating system.',
        },
      );
    }
    return { stopped, freed, waiters };
  });
}
