import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Session, StepContext } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';

const watchEveryMs = 1_000;

export interface WatchedRun {
  database: string;
  sql: string;
  deadlineMs: number;
  /** What did not end in time, as the error says it: `The rebuild`. */
  what: string;
}

/**
 * Runs one concurrent index statement while another session watches: how far it is, and whom it waits for. There is
 * no lock_timeout, since each wait for an old transaction would count as one and leave an invalid index behind; the
 * total deadline ends it instead.
 *
 * @throws PlumblineError `timed-out` at the deadline, `cancelled`, or the server's refusal.
 */
export async function runWatched(
  ctx: StepContext,
  { database, sql, deadlineMs, what }: WatchedRun,
): Promise<{ seconds: number; waitedFor: string[] }> {
  const session = await ctx.connect('operate', database);
  const watch = await ctx.connect('operate', database);
  const startedAt = performance.now();
  const watching = startWatch(ctx, watch, session.backendPid, what);
  try {
    await session.query('set lock_timeout = 0');
    await session.query('set statement_timeout = 0');
    await session.query(sql, [], { deadlineMs });
    return { seconds: (performance.now() - startedAt) / 1000, waitedFor: watching.waitedFor() };
  } catch (error) {
    if (error instanceof InstanceError && error.reason === 'timed-out') {
      const waits = watching.waitedFor();
      const minutes = Math.round(deadlineMs / 60_000);
      throw new PlumblineError(
        'timed-out',
        `${what} did not end within ${minutes} min${waits.length > 0 ? `; it waited for ${waits.join(', ')}` : ''}.`,
        { next: 'Run it when the long transactions are over, or with a longer deadline.', cause: error },
      );
    }
    throw error;
  } finally {
    await watching.stop();
    await session.close();
    await watch.close();
  }
}

function startWatch(ctx: StepContext, session: Session, pid: number, what: string) {
  const seen = new Map<string, number>();
  let last = '';
  let busy: Promise<void> | undefined;
  let failed = false;

  async function look(): Promise<void> {
    const [row] = await session.query(
      `select coalesce(p.phase, 'working') as phase,
         p.blocks_done::float8 as blocks_done, p.blocks_total::float8 as blocks_total,
         p.lockers_done::float8 as lockers_done, p.lockers_total::float8 as lockers_total,
         p.current_locker_pid::float8 as locker, array_to_json(pg_blocking_pids($1::int4))::text as blockers
       from (select $1::int4 as pid) me
       left join pg_stat_progress_create_index p using (pid)`,
      [pid],
    );
    if (!row) return;
    const pids = new Set<number>(JSON.parse(String(row.blockers)) as number[]);
    if (Number(row.locker) > 0) pids.add(Number(row.locker));
    const total = Number(row.blocks_total);
    if (pids.size === 0) {
      ctx.progress(Number(row.blocks_done), total > 0 ? total : null, String(row.phase));
      last = '';
      return;
    }
    const who = await describe(session, [...pids]);
    ctx.progress(
      Number(row.lockers_done),
      Number(row.lockers_total) || null,
      `${row.phase}: waits for ${who}`,
    );
    if (who !== last) ctx.log('warn', `Waits for ${who}.`);
    seen.set(who, (seen.get(who) ?? 0) + 1);
    last = who;
  }

  const tick = () => {
    if (busy || failed) return;
    busy = look()
      .catch((error) => {
        failed = true;
        ctx.log('warn', `${what} cannot be watched: ${messageOf(error)}`);
      })
      .finally(() => {
        busy = undefined;
      });
  };
  const first = setTimeout(tick, watchEveryMs / 4);
  const timer = setInterval(tick, watchEveryMs);
  return {
    waitedFor: () => [...seen.keys()].slice(0, 20),
    stop: async () => {
      clearTimeout(first);
      clearInterval(timer);
      await busy;
    },
  };
}

async function describe(session: Session, pids: number[]): Promise<string> {
  const rows = await session.query(
    `select pid, coalesce(usename::text, backend_type) as login, application_name as application, state
     from pg_stat_activity
     where pid = any ($1::int4[])
     order by pid`,
    [pids],
  );
  const named = rows.map(
    (row) => `process ${row.pid} of ${row.login} (${row.application || 'no name'}, ${row.state})`,
  );
  return named.join(', ') || `processes ${pids.join(', ')}`;
}
