import type { Session, SqlRow } from '@/lib/engine/define-job';
import { backendStartText, behindSql, type SessionName } from '@/lib/procedures/session-signal-sql';

/** A session as it is told of in a plan, and what decides whether it may be signalled. */
export interface SeenSession {
  pid: number;
  backendStart: string;
  user: string | null;
  database: string | null;
  application: string;
  client: string;
  state: string | null;
  backendType: string;
  leaderPid: number | null;
  isSuperuser: boolean;
  xactSeconds: number | null;
  /** When its present or last statement began: tells whether that one has ended. */
  queryStart: string | null;
  query: string | null;
}

const seenColumns = `
  a.pid,
  ${backendStartText('a.backend_start')} as backend_start,
  a.usename::text as username,
  a.datname::text as database,
  a.application_name as application,
  coalesce(host(a.client_addr), 'local') as client,
  a.state,
  a.backend_type,
  a.leader_pid,
  coalesce(r.rolsuper, false) as is_superuser,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as xact_seconds,
  ${backendStartText('a.query_start')} as query_start,
  left(a.query, 1000) as query`;

function seenOf(row: SqlRow): SeenSession {
  const text = (value: SqlRow[string] | undefined) =>
    value === null || value === undefined ? null : String(value);
  return {
    pid: Number(row.pid),
    backendStart: String(row.backend_start),
    user: text(row.username),
    database: text(row.database),
    application: String(row.application ?? ''),
    client: String(row.client),
    state: text(row.state),
    backendType: String(row.backend_type),
    leaderPid: row.leader_pid === null ? null : Number(row.leader_pid),
    isSuperuser: row.is_superuser === true,
    xactSeconds: row.xact_seconds === null ? null : Number(row.xact_seconds),
    queryStart: text(row.query_start),
    query: text(row.query),
  };
}

/** The session of this name, or undefined when it has ended. */
export async function readSession(session: Session, name: SessionName): Promise<SeenSession | undefined> {
  const [row] = await session.query(
    `select ${seenColumns}
     from pg_catalog.pg_stat_activity as a
     left join pg_catalog.pg_roles as r on r.oid = a.usesysid
     where a.pid = $1::int4
       and a.backend_start = $2::timestamptz`,
    [name.pid, name.backendStart],
  );
  return row && seenOf(row);
}

/** Everybody who waits behind it, nearest first; 500 at most. */
export async function readVictims(session: Session, name: SessionName): Promise<SeenSession[]> {
  const rows = await session.query(
    `${behindSql(name)}
     select ${seenColumns}
     from (select pid, min(depth) as depth from behind group by pid) as b
     join pg_catalog.pg_stat_activity as a on a.pid = b.pid
     left join pg_catalog.pg_roles as r on r.oid = a.usesysid
     where a.pid <> ${name.pid}
     order by b.depth, a.pid
     limit 500`,
  );
  return rows.map(seenOf);
}

/** What the login that signals may do (PostgreSQL documentation, 9.27.2 and 22.5). */
export interface SignalRights {
  user: string;
  isSuperuser: boolean;
  maySignal: boolean;
  seesOthers: boolean;
  /** From 18 on there is a role of its own for autovacuum. */
  maySignalAutovacuum: boolean;
}

export async function readRights(session: Session): Promise<SignalRights> {
  const [row] = await session.query(
    `select current_user::text as username,
       r.rolsuper as is_superuser,
       pg_has_role('pg_signal_backend', 'usage') as may_signal,
       pg_has_role('pg_read_all_stats', 'usage') as sees_others,
       exists (
         select from pg_catalog.pg_roles as s
         where s.rolname = 'pg_signal_autovacuum_worker' and pg_has_role(s.oid, 'usage')
       ) as may_autovacuum
     from pg_catalog.pg_roles as r
     where r.rolname = current_user`,
  );
  return {
    user: String(row?.username),
    isSuperuser: row?.is_superuser === true,
    maySignal: row?.may_signal === true,
    seesOthers: row?.sees_others === true,
    maySignalAutovacuum: row?.may_autovacuum === true,
  };
}

/** Whether the login is a member of the role of a session: then it needs no other right. */
export async function isMemberOf(session: Session, role: string): Promise<boolean> {
  const [row] = await session.query(
    `select pg_has_role(oid, 'usage') as is_member from pg_catalog.pg_roles where rolname = $1`,
    [role],
  );
  return row?.is_member === true;
}
