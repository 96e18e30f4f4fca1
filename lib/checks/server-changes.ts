import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Changes of the server',
  why: 'Most trouble begins with a change: a setting, a restart, a failover. Without a history everybody has to remember.',
  source: 'https://www.postgresql.org/docs/current/view-pg-settings.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it some settings and the server’s own processes are hidden.',
    },
  ],
  rowsFrom: 'server',
  columns: {},
  // Its source keeps its own store: what changed, not how it stands.
  keep: [],
  draw: [],
});
