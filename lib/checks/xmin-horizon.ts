import { defineCheck } from '@/lib/engine/define-check';
import { xminHoldersSql } from '@/lib/procedures/xmin-holders';

export default defineCheck({
  title: 'Xmin horizon',
  why: 'No vacuum can remove rows that the oldest open snapshot might still see: one forgotten session, slot or prepared transaction makes every table grow.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it the horizons of other sessions are hidden.',
    },
  ],
  sql: { 140000: xminHoldersSql('1 s') },
  columns: {
    kind: { role: 'key', label: 'Held by' },
    holder: { role: 'key', label: 'Name' },
    pid: { role: 'text', label: 'Process' },
    backend_start: { role: 'text', label: 'Connected since' },
    database: { role: 'text', label: 'Database' },
    xmin_age: { role: 'gauge', label: 'Transactions since', unit: 'transactions' },
    held_seconds: { role: 'gauge', label: 'Held for', unit: 'seconds' },
    what: { role: 'text', label: 'Who it is' },
  },
  keep: ['snapshot'],
  feeds: 'tables.horizon',
  judge: [
    {
      column: 'xmin_age',
      worse: 'above',
      warn: 10_000_000,
      crit: 100_000_000,
      sentence:
        'The {kind} {holder} ({what}) holds back vacuum: {xmin_age} transactions have begun since its snapshot.',
    },
    {
      column: 'held_seconds',
      worse: 'above',
      warn: 86_400,
      sentence: 'The {kind} {holder} ({what}) has held back vacuum for {held_seconds}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Who holds back vacuum',
      columns: ['kind', 'holder', 'database', 'xmin_age', 'held_seconds', 'what'],
    },
  ],
  fixedBy: [
    {
      job: 'terminate-session',
      label: 'End the session',
      input: { pid: 'pid', backendStart: 'backend_start' },
    },
  ],
  runbook: {
    means:
      'Dead rows newer than this snapshot cannot be removed by any vacuum, so tables and indexes grow and transaction ids are not given back.',
    confirm:
      'The kind says where to look: a session in pg_stat_activity, a slot in pg_replication_slots, a prepared transaction in pg_prepared_xacts, standby feedback on the standby itself.',
    act: 'A session: find out what it does, then cancel or terminate it. A slot that nobody uses: drop it with pg_drop_replication_slot. A prepared transaction: commit or roll it back by its name. Standby feedback: end the long query on the standby. Vacuum the worst tables afterwards.',
    avoid:
      'Do not drop a slot that a standby or subscriber still needs: it would have to be built anew. Do not roll back a prepared transaction without asking its transaction manager.',
  },
});
