import type { Session } from '@/lib/engine/define-job';

/** How long an ended session may take to be gone, in ms. */
const goneWithinMs = 10_000;

/**
 * Ends this run's other sessions in a database and waits until they are gone: what a killed tool or a cut connection
 * leaves behind works on for seconds, or for as long as a rebuild takes. They are of our own role, so that no right
 * is needed (PostgreSQL documentation, 9.27.2). Returns how many there were.
 */
export async function endOwnSessions(session: Session): Promise<number> {
  const rows = await session.query(
    `select pg_terminate_backend(pid, $1::int8) as ended
     from pg_stat_activity
     where application_name = current_setting('application_name') and datname = current_database()
       and usename = current_user and pid <> pg_backend_pid()`,
    [goneWithinMs],
    { deadlineMs: 60_000 },
  );
  return rows.length;
}
