import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Session, StepContext } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { qualified } from '@/lib/instance/quote';

export interface VacuumInput {
  database: string;
  schema: string;
  table: string;
  analyze: boolean;
  freeze: boolean;
  deadlineMinutes: number;
}

const watchEveryMs = 1_000;
/** Whoever alters the table now goes first; a vacuum can come back later. */
const lockTimeout = '10s';

export function vacuumSql({ schema, table, analyze, freeze }: VacuumInput): string {
  const options = [...(analyze ? ['analyze'] : []), ...(freeze ? ['freeze'] : [])];
  const list = options.length > 0 ? ` (${options.join(', ')})` : '';
  return `vacuum${list} ${qualified(schema, table)}`;
}

/**
 * Vacuums one table while another session tells how far it is (manual: VACUUM Progress Reporting). No
 * statement_timeout: the deadline cancels it, and what was removed until then stays removed.
 *
 * @throws PlumblineError `timed-out` at the deadline, `conflict` when somebody holds the table, or the server's refusal.
 */
export async function runVacuum(ctx: StepContext, input: VacuumInput): Promise<{ seconds: number }> {
  const session = await ctx.connect('operate', input.database);
  const watch = await ctx.connect('operate', input.database);
  const startedAt = performance.now();
  const watching = startWatch(ctx, watch, session.backendPid);
  try {
    await session.query('set statement_timeout = 0');
    await session.query(`set lock_timeout = '${lockTimeout}'`);
    await session.query(vacuumSql(input), [], { deadlineMs: input.deadlineMinutes * 60_000 });
    return { seconds: (performance.now() - startedAt) / 1000 };
  } catch (error) {
    if (!(error instanceof InstanceError) || error.reason !== 'timed-out') throw error;
    if (error.sqlState === '55P03') {
      throw new PlumblineError('conflict', `Somebody else held the table for ${lockTimeout}.`, {
        next: 'See who locks it; run this again when they are done.',
        cause: error,
      });
    }
    throw new PlumblineError(
      'timed-out',
      `The vacuum did not end within ${input.deadlineMinutes} min; what it removed stays removed.`,
      { next: 'Run it again with a longer deadline: it goes on with what is left.', cause: error },
    );
  } finally {
    await watching.stop();
    await Promise.allSettled([session.close(), watch.close()]);
  }
}

function startWatch(ctx: StepContext, session: Session, pid: number) {
  let busy: Promise<void> | undefined;
  let failed = false;
  const look = async () => {
    const [row] = await session.query(
      `select phase, heap_blks_scanned::float8 as scanned, heap_blks_total::float8 as total,
         index_vacuum_count::float8 as passes
       from pg_stat_progress_vacuum
       where pid = $1::int4`,
      [pid],
    );
    if (!row) return;
    const passes = Number(row.passes) > 0 ? `, index pass ${Number(row.passes)} done` : '';
    const total = Number(row.total);
    ctx.progress(Number(row.scanned), total > 0 ? total : null, `${row.phase}${passes}`);
  };
  const timer = setInterval(() => {
    if (busy || failed) return;
    busy = look()
      .catch((error) => {
        failed = true;
        ctx.log('warn', `Cannot watch the vacuum: ${messageOf(error)}`);
      })
      .finally(() => {
        busy = undefined;
      });
  }, watchEveryMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await busy;
    },
  };
}
