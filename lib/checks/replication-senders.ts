import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Senders of WAL',
  why: 'Whom this server feeds, by its own view. A standby that the console does not watch is seen only here; watched ones are judged from both sides by their own check.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: positions of standbys are hidden without it.',
    },
  ],
  rowsFrom: 'senders',
  columns: {
    standby: { role: 'key', label: 'Standby' },
    address: { role: 'key', label: 'Address' },
    watched_as: { role: 'text', label: 'Watched as' },
    state: { role: 'text', label: 'State' },
    sync_state: { role: 'text', label: 'Synchronous' },
    slot: { role: 'text', label: 'Slot' },
    unsent_bytes: { role: 'gauge', label: 'Not sent', unit: 'bytes' },
    unwritten_bytes: { role: 'gauge', label: 'Not written', unit: 'bytes' },
    unflushed_bytes: { role: 'gauge', label: 'Not flushed', unit: 'bytes' },
    unreplayed_bytes: { role: 'gauge', label: 'Not replayed', unit: 'bytes' },
    behind_bytes: { role: 'gauge', label: 'Behind', unit: 'bytes' },
    unwatched_bytes: { role: 'gauge', label: 'Behind, not watched', unit: 'bytes' },
    replay_seconds: { role: 'gauge', label: 'Replay lag', unit: 'seconds' },
    reply_seconds: { role: 'gauge', label: 'Last reply', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'replication.senders',
  judge: [
    {
      column: 'unwatched_bytes',
      worse: 'above',
      warn: 104_857_600,
      crit: 1_073_741_824,
      forSeconds: 60,
      sentence: 'Standby {standby} ({address}), which is not watched, is {behind_bytes} behind {instance}.',
    },
  ],
  draw: [
    {
      as: 'stacked',
      title: 'Standbys behind, by stage',
      columns: ['unsent_bytes', 'unwritten_bytes', 'unflushed_bytes', 'unreplayed_bytes'],
    },
    {
      as: 'table',
      title: 'Senders of WAL',
      columns: [
        'standby',
        'address',
        'watched_as',
        'state',
        'sync_state',
        'slot',
        'behind_bytes',
        'replay_seconds',
        'reply_seconds',
      ],
    },
  ],
  runbook: {
    means:
      'A standby or another receiver that this server feeds is far behind. The console sees only this side of it.',
    confirm: 'select * from pg_stat_replication: which of sent, write, flush and replay stands back?',
    act: 'Add the standby to the cluster, so that both its sides are read. Not sent: the network, or this server’s disk. Not flushed: the standby’s disk. Not replayed: a query there, or its processor.',
    avoid: 'Do not restart the standby to hasten it: it has to catch up with more then.',
  },
});
