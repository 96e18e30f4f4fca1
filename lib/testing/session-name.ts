import type { Session } from '@/lib/engine/define-job';
import { until } from '@/lib/testing/until';

/** How a job is told of a session: its number and its start to the microsecond. `asked` may be the session itself. */
export async function sessionName(
  session: Session,
  asked: Session = session,
): Promise<{ pid: number; backendStart: string }> {
  const [row] = await asked.query(
    `select to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as backend_start
     from pg_catalog.pg_stat_activity
     where pid = $1::int4`,
    [session.backendPid],
  );
  return { pid: session.backendPid, backendStart: String(row?.backend_start) };
}

/** Waits until so many sessions wait for a lock. */
export async function untilWaiting(session: Session, count: number): Promise<void> {
  await until(async () => {
    const [row] = await session.query(
      `select count(*)::int4 as n from pg_catalog.pg_stat_activity where wait_event_type = 'Lock'`,
    );
    return row?.n === count;
  }, `${count} sessions that wait for a lock`);
}
