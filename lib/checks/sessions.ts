import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Sessions that do something',
  why: 'What runs now, what it waits for and who holds it up is the first question of every incident, and a minute later nobody can ask it any more.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it other people’s sessions are hidden.',
    },
  ],
  rowsFrom: 'sessions',
  columns: {
    pid: { role: 'key', label: 'Process' },
    backend_start: { role: 'key', label: 'Session began' },
    username: { role: 'text', label: 'User' },
    database: { role: 'text', label: 'Database' },
    application: { role: 'text', label: 'Application' },
    client: { role: 'text', label: 'From' },
    kind: { role: 'text', label: 'Kind' },
    state: { role: 'text', label: 'State' },
    wait: { role: 'text', label: 'Waits for' },
    xact_seconds: { role: 'gauge', label: 'Transaction open', unit: 'seconds' },
    state_seconds: { role: 'gauge', label: 'In this state', unit: 'seconds' },
    query_id: { role: 'text', label: 'Query id' },
    query: { role: 'text', label: 'Statement', literals: true },
    workers: { role: 'gauge', label: 'Parallel workers', unit: 'count' },
    blocked_by: { role: 'text', label: 'Blocked by' },
    lock_mode: { role: 'text', label: 'Lock wanted' },
    lock_object: { role: 'text', label: 'On' },
    waiting_seconds: { role: 'gauge', label: 'Waiting', unit: 'seconds' },
  },
  keep: ['snapshot'],
  feeds: 'activity.sessions',
  draw: [],
  fixedBy: [
    {
      job: 'cancel-session',
      label: 'Cancel',
      input: { pid: 'pid', backendStart: 'backend_start' },
      when: { column: 'state', is: ['active', 'fastpath function call'] },
    },
    {
      job: 'terminate-session',
      label: 'End',
      input: { pid: 'pid', backendStart: 'backend_start' },
    },
  ],
});
