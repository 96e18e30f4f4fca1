import { quoteLiteral } from '@/lib/instance/quote';

/** How a session is told to stop: its statement alone, or the session with its transaction. */
export type Signal = 'cancel' | 'terminate';

/** A session by what names it for ever: numbers of processes are given again, the moment of their start is not. */
export interface SessionName {
  pid: number;
  /** With microseconds and zone: `2026-11-21 12:00:00.123456+00`. */
  backendStart: string;
}

const functionOf: Record<Signal, string> = {
  cancel: 'pg_catalog.pg_cancel_backend',
  terminate: 'pg_catalog.pg_terminate_backend',
};

/** Text of a backend_start that reads back to the same microsecond in any time zone. */
export const backendStartText = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'`;

const at = ({ pid, backendStart }: SessionName) =>
  `a.pid = ${pid} and a.backend_start = timestamptz ${quoteLiteral(backendStart)}`;

/**
 * Everybody who waits behind a session, by `pid` and `depth`. pg_blocking_pids takes the lock manager exclusively, so
 * it is asked of waiters only; asked of the leader of a parallel query it answers for its workers too (PostgreSQL
 * documentation, 9.27.1).
 */
export function behindSql(root: SessionName): string {
  return `with recursive waiters as materialized (
  select w.pid, pg_catalog.pg_blocking_pids(w.pid) as blockers
  from (
    select distinct coalesce(leader_pid, pid) as pid
    from pg_catalog.pg_stat_activity
    where wait_event_type = 'Lock'
  ) as w
),
behind as (
  select w.pid, 1 as depth
  from waiters as w
  where ${root.pid} = any (w.blockers)
    and exists (select from pg_catalog.pg_stat_activity as a where ${at(root)})
  union
  select w.pid, b.depth + 1
  from behind as b
  join waiters as w on b.pid = any (w.blockers)
  where b.depth < 30
)`;
}

/** The one statement that signals one session: the number and the moment of its start are compared in it. */
export function signalOneSql(signal: Signal, session: SessionName): string {
  return `select a.pid, ${functionOf[signal]}(a.pid) as signalled
from pg_catalog.pg_stat_activity as a
where ${at(session)}`;
}

/**
 * The one statement that signals everybody who waits behind a session at the moment when it runs. Sessions of
 * superusers, our own, and what is no client are left out. Whom the login may not signal comes back with null: the
 * function would raise an error (PostgreSQL documentation, 9.28.2), and end the statement after the first ones were hit. All are sorted before the first is
 * signalled, those farthest behind first: the end of one sets free those who wait for it, and what they wait to do
 * would be done.
 */
export function signalVictimsSql(signal: Signal, root: SessionName, ownUsers: readonly string[]): string {
  const own = ownUsers.map(quoteLiteral).join(', ');
  return `${behindSql(root)}
select v.pid, case when v.may then ${functionOf[signal]}(v.pid) end as signalled
from (
  select a.pid,
    pg_catalog.pg_has_role(a.usesysid, 'usage') or pg_catalog.pg_has_role('pg_signal_backend', 'usage') as may
  from behind as b
  join pg_catalog.pg_stat_activity as a on a.pid = b.pid
  join pg_catalog.pg_roles as r on r.oid = a.usesysid
  where a.pid <> ${root.pid}
    and a.backend_type = 'client backend'
    and not r.rolsuper
    and not (a.application_name like 'plumbline%' and a.usename in (${own}))
  group by a.pid, a.usesysid
  order by max(b.depth) desc, a.pid
  offset 0
) as v`;
}
