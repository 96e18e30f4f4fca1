/**
 * Sessions that work at this moment, one row each (PostgreSQL documentation, 28.2.3). A client counts while it is
 * active; what is no client counts unless it sleeps in its main loop. The function under the view gives numbers for
 * names, and costs the server a third of it.
 */
export const sampleSql = `
  select
    a.pid,
    a.leader_pid,
    a.backend_type not in ('client backend', 'parallel worker') as background,
    a.backend_type,
    a.wait_event_type,
    a.wait_event,
    a.query_id::text as query_id,
    a.usesysid as user_oid,
    a.datid as database_oid,
    a.application_name as application,
    a.client_addr as host
  from pg_catalog.pg_stat_get_activity(null) as a
  where a.pid <> pg_catalog.pg_backend_pid()
    and case
      when a.backend_type in ('client backend', 'parallel worker') then a.state in ('active', 'fastpath function call')
      else a.wait_event_type is null or a.wait_event_type not in ('Activity', 'Extension', 'Client')
    end`;

/** The names of roles and databases, by their numbers. */
export const namesSql = `
  select oid, rolname::text as name, true as is_role
  from pg_catalog.pg_roles
  where oid = any ($1::oid[])
  union all
  select oid, datname::text, false
  from pg_catalog.pg_database
  where oid = any ($2::oid[])`;

/**
 * Sessions that are not idle, with what they do and for whom they wait; idle ones too where somebody waits for them.
 * pg_blocking_pids takes the lock manager exclusively, so it is asked of waiters only, and of the leader for its
 * parallel workers (9.27.1).
 */
export const sessionsSql = `
  with activity as materialized (
    select *
    from pg_catalog.pg_stat_activity
    where pid <> pg_backend_pid()
  ),
  waiters as materialized (
    select w.pid, array(select distinct unnest(pg_blocking_pids(w.pid))) as blockers
    from (
      select distinct coalesce(leader_pid, pid) as pid
      from activity
      where wait_event_type = 'Lock'
      limit 200
    ) as w
  ),
  blockers as (
    select distinct unnest(blockers) as pid
    from waiters
  )
  select
    a.pid,
    to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as backend_start,
    a.usename::text as username,
    a.datname::text as database,
    a.application_name as application,
    coalesce(host(a.client_addr), 'local') as client,
    case
      when a.backend_type = 'autovacuum worker' and a.query like '%(to prevent wraparound)'
        then 'autovacuum to prevent wraparound'
      when a.backend_type = 'autovacuum worker' then 'autovacuum'
      else a.backend_type
    end as kind,
    a.state,
    a.wait_event_type || ':' || a.wait_event as wait,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as xact_seconds,
    extract(epoch from clock_timestamp() - a.state_change)::float8 as state_seconds,
    a.query_id::text as query_id,
    left(a.query, 2000) as query,
    array_to_string(w.blockers, ', ') as blocked_by,
    b.pid is not null as blocks,
    (select count(*)::int4 from activity as p where p.leader_pid = a.pid) as workers,
    count(*) over ()::int4 as total
  from activity as a
  left join waiters as w on w.pid = a.pid
  left join blockers as b on b.pid = a.pid
  where a.leader_pid is null
    and not (a.usename = current_user and a.application_name = 'plumbline')
    and (
      w.pid is not null
      or b.pid is not null
      or (a.backend_type = 'client backend' and a.state <> 'idle')
      or (a.backend_type <> 'client backend' and a.state = 'active' and a.wait_event_type is distinct from 'Activity')
    )
  order by w.pid is null and b.pid is null, a.xact_start nulls last, a.pid
  limit $1::int4`;

/**
 * What waiters wait for: mode and object, the modes that are held on it, and the prepared transaction among the
 * holders. Only asked while somebody waits: pg_locks reads the whole lock table.
 */
export const locksSql = `
  with locks as materialized (
    select *
    from pg_catalog.pg_locks
  ),
  waits as (
    select distinct on (coalesce(a.leader_pid, l.pid)) coalesce(a.leader_pid, l.pid) as leader, l.*
    from locks as l
    join pg_catalog.pg_stat_activity as a on a.pid = l.pid
    where not l.granted
      and coalesce(a.leader_pid, l.pid) = any ($1::int4[])
    order by 1, l.waitstart
  )
  select
    w.leader as pid,
    w.locktype,
    w.mode,
    coalesce(w.relation, t.relation) as relation,
    coalesce(w.database, t.database) as database_oid,
    d.datname::text as database,
    d.datname = current_database() or coalesce(w.database, t.database) = 0 as is_here,
    n.nspname::text as schema,
    c.relname::text as name,
    w.transactionid::text as transaction,
    w.virtualxid as virtual_transaction,
    w.classid as class_id,
    w.objid as object_id,
    extract(epoch from clock_timestamp() - w.waitstart)::float8 as seconds,
    h.modes as held,
    h.prepared
  from waits as w
  left join lateral (
    select relation, database
    from locks
    where pid = w.pid
      and locktype = 'tuple'
      and granted
    limit 1
  ) as t on w.relation is null
  left join pg_catalog.pg_database as d on d.oid = coalesce(w.database, t.database)
  left join pg_catalog.pg_class as c
    on c.oid = coalesce(w.relation, t.relation) and (d.datname = current_database() or coalesce(w.database, t.database) = 0)
  left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join lateral (
    select string_agg(distinct held.mode, ', ') as modes, max(x.gid) as prepared
    from locks as held
    left join locks as own
      on held.pid is null
      and own.pid is null
      and own.locktype = 'transactionid'
      and own.virtualtransaction = held.virtualtransaction
    left join pg_catalog.pg_prepared_xacts as x on x.transaction = own.transactionid
    where held.granted
      and held.locktype = w.locktype
      and (held.database, held.relation, held.page, held.tuple, held.virtualxid, held.classid, held.objid, held.objsubid)
        is not distinct from (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.classid, w.objid, w.objsubid)
      and held.transactionid is not distinct from w.transactionid
  ) as h on true`;
