import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Who blocks whom',
  why: 'One session that holds a lock can stop hundreds. The root of the tree is the one to talk to, not those who wait.',
  source: 'https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it other people’s sessions are hidden.',
    },
  ],
  sql: {
    // pg_blocking_pids takes the lock manager exclusively, so it is asked of waiters only; process 0 is a prepared
    // transaction, and a parallel worker's waits are its leader's.
    140000: `
      with recursive waiters as materialized (
        select
          pid,
          backend_start,
          usename,
          datname,
          query,
          array(select distinct unnest(pg_blocking_pids(pid))) as blockers
        from pg_stat_activity
        where pid in (
          select coalesce(leader_pid, pid)
          from pg_stat_activity
          where wait_event_type = 'Lock'
        )
      ),
      chains as (
        select pid as waiter, blocker, 1 as depth
        from waiters, unnest(blockers) as blocker
        union
        select chains.waiter, next_blocker, chains.depth + 1
        from chains
        join waiters on waiters.pid = chains.blocker
        cross join unnest(waiters.blockers) as next_blocker
        where chains.depth < 30
      ),
      roots as (
        select distinct on (waiter) waiter, blocker as root
        from chains
        where not exists (select from waiters where waiters.pid = chains.blocker)
        order by waiter, depth
      ),
      waits as (
        select pid, min(waitstart) as since
        from pg_locks
        where not granted
        group by pid
      )
      select
        waiters.pid::text as pid,
        waiters.backend_start::text as backend_start,
        waiters.usename::text as username,
        waiters.datname::text as database,
        array_to_string(waiters.blockers, ', ') as blocked_by,
        coalesce(roots.root::text, 'each other') as root_pid,
        to_char(root_session.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as root_backend_start,
        case
          when roots.root = 0 then 'a prepared transaction'
          when roots.root is null then 'a deadlock'
          when root_session.backend_type = 'autovacuum worker' and root_session.query like '%(to prevent wraparound)'
            then 'autovacuum to prevent wraparound'
          when root_session.backend_type = 'autovacuum worker' then 'autovacuum'
          else coalesce(root_session.usename::text, root_session.backend_type, 'unknown')
        end as root_user,
        root_session.state as root_state,
        coalesce(extract(epoch from clock_timestamp() - waits.since), 0)::float8 as waiting_seconds,
        left(waiters.query, 2000) as query,
        left(root_session.query, 2000) as root_query
      from waiters
      left join roots on roots.waiter = waiters.pid
      left join waits on waits.pid = waiters.pid
      left join pg_stat_activity as root_session on root_session.pid = roots.root
      order by waiting_seconds desc
      limit 500`,
  },
  columns: {
    pid: { role: 'key', label: 'Waiting process' },
    backend_start: { role: 'key', label: 'Session began' },
    username: { role: 'text', label: 'User' },
    database: { role: 'text', label: 'Database' },
    blocked_by: { role: 'text', label: 'Blocked by' },
    root_pid: { role: 'text', label: 'Root blocker' },
    root_backend_start: { role: 'text', label: 'Root’s session began' },
    root_user: { role: 'text', label: 'Root’s user' },
    root_state: { role: 'text', label: 'Root’s state' },
    waiting_seconds: { role: 'gauge', label: 'Waiting', unit: 'seconds' },
    query: { role: 'text', label: 'Waiting statement', literals: true },
    root_query: { role: 'text', label: 'Root’s last statement', literals: true },
  },
  keep: ['snapshot'],
  feeds: 'locks.waiters',
  judge: [
    {
      column: 'waiting_seconds',
      worse: 'above',
      warn: 30,
      crit: 300,
      sentence:
        'Process {pid} of {username} in {database} has waited {waiting_seconds} for a lock; the root is process {root_pid} ({root_user}).',
    },
  ],
  fixedBy: [
    {
      job: 'terminate-session',
      label: 'End the root blocker',
      input: { pid: 'root_pid', backendStart: 'root_backend_start' },
    },
    {
      job: 'cancel-session',
      label: 'Cancel its statement',
      input: { pid: 'root_pid', backendStart: 'root_backend_start' },
      when: { column: 'root_state', is: ['active', 'fastpath function call'] },
    },
  ],
  runbook: {
    means:
      'A session has waited for a lock for longer than it should. The root of the tree holds it and waits for nobody; all others are its victims, also those who wait for a victim.',
    confirm:
      'Open the page “Locks” of this server: the tree shows the root first, what it holds, how long its transaction is open, and whether it runs a statement or is idle.',
    act: 'Ask the owner of the root session, if there is time. If it runs a statement, cancel it; if it is idle in a transaction, end the session: its transaction is rolled back and the waiters go on. A prepared transaction needs commit prepared or rollback prepared in its database. An ordinary autovacuum gives way by itself; one that prevents wraparound does not, and is better left to finish.',
    avoid:
      'Do not end the waiters one by one: the next ones queue behind the same root. Do not end an autovacuum that prevents wraparound again and again, and never kill -9 a server process: the whole server restarts.',
  },
  draw: [
    {
      as: 'table',
      title: 'Waiting sessions and their root blocker',
      columns: [
        'pid',
        'username',
        'database',
        'waiting_seconds',
        'blocked_by',
        'root_pid',
        'root_user',
        'root_state',
        'query',
        'root_query',
      ],
    },
  ],
});
