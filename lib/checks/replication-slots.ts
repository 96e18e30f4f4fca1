import { defineCheck } from '@/lib/engine/define-check';

/** From its own position: a standby keeps WAL for its own slots too. */
const retained = `
  ((case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)
    - slot.restart_lsn)::float8`;

const sqlWith = (more: { invalidation: string; inactiveSeconds: string; isCopy: string }) => `
  select
    slot.slot_name::text as slot,
    coalesce(slot.database::text, '') as database,
    slot.slot_type as type,
    coalesce(slot.plugin::text, '') as plugin,
    case when slot.active then 'active' else 'inactive' end as active,
    slot.wal_status,
    slot.safe_wal_size::float8 as safe_bytes,
    case when slot.wal_status = 'lost' then null else ${retained} end as retained_bytes,
    (not slot.active and not ${more.isCopy} and slot.restart_lsn is not null and slot.wal_status <> 'lost')::int::float8
      as abandoned,
    (slot.wal_status = 'lost')::int::float8 as lost,
    ${more.invalidation} as invalidation,
    ${more.inactiveSeconds} as inactive_seconds
  from pg_replication_slots as slot
  where not slot.temporary
  order by slot.slot_name`;

export default defineCheck({
  title: 'Replication slots',
  why: 'A slot keeps WAL for its reader. One whose reader never comes back fills the disk until the server stops, or is invalidated and its standby has to be built anew.',
  source: 'https://www.postgresql.org/docs/current/view-pg-replication-slots.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 30,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: it reads how much WAL there is.' },
  ],
  sql: {
    140000: sqlWith({
      invalidation: 'null::text',
      inactiveSeconds: 'null::float8',
      isCopy: 'false',
    }),
    160000: sqlWith({
      invalidation: "case when slot.conflicting then 'conflict with recovery' end",
      inactiveSeconds: 'null::float8',
      isCopy: 'false',
    }),
    // A slot that is synchronized from the primary waits for a failover: nobody reads it, as it should be.
    170000: sqlWith({
      invalidation: 'slot.invalidation_reason',
      inactiveSeconds: 'extract(epoch from clock_timestamp() - slot.inactive_since)::float8',
      isCopy: 'slot.synced',
    }),
  },
  columns: {
    slot: { role: 'key', label: 'Slot' },
    database: { role: 'text', label: 'Database' },
    type: { role: 'text', label: 'Type' },
    plugin: { role: 'text', label: 'Plugin' },
    active: { role: 'text', label: 'Reader' },
    wal_status: { role: 'text', label: 'WAL' },
    safe_bytes: { role: 'gauge', label: 'May still grow', unit: 'bytes' },
    retained_bytes: { role: 'gauge', label: 'Keeps', unit: 'bytes' },
    abandoned: { role: 'gauge', label: 'Without a reader', unit: 'none' },
    lost: { role: 'gauge', label: 'Lost', unit: 'none' },
    invalidation: { role: 'text', label: 'Invalidated by' },
    inactive_seconds: { role: 'gauge', label: 'Inactive for', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  maxSeries: { by: 'retained_bytes', count: 20 },
  feeds: 'replication.slots',
  judge: [
    {
      column: 'abandoned',
      worse: 'above',
      warn: 1,
      forSeconds: 300,
      minimum: { column: 'retained_bytes', value: 16_777_216 },
      sentence: 'Slot {slot} on {instance} has no reader and keeps {retained_bytes} of WAL.',
    },
    {
      column: 'retained_bytes',
      worse: 'above',
      warn: 1_073_741_824,
      crit: 10_737_418_240,
      forSeconds: 60,
      sentence: 'Slot {slot} on {instance} keeps {retained_bytes} of WAL ({active}).',
    },
    {
      column: 'safe_bytes',
      worse: 'below',
      warn: 1_073_741_824,
      crit: 134_217_728,
      forSeconds: 60,
      // max_slot_wal_keep_size itself may be small: what is nearly used up counts, not what was never large.
      minimum: { column: 'retained_bytes', value: 67_108_864 },
      sentence: 'Slot {slot} on {instance} is lost after {safe_bytes} more of WAL.',
    },
    {
      column: 'lost',
      worse: 'above',
      crit: 1,
      sentence: 'Slot {slot} on {instance} is lost: what its reader needs is removed.',
    },
  ],
  draw: [
    { as: 'line', title: 'WAL that slots keep', columns: ['retained_bytes'] },
    {
      as: 'table',
      title: 'Replication slots',
      columns: [
        'slot',
        'type',
        'database',
        'active',
        'inactive_seconds',
        'wal_status',
        'retained_bytes',
        'safe_bytes',
        'invalidation',
      ],
    },
  ],
  runbook: {
    means:
      'The slot’s reader (a standby, a subscription, a change stream) does not take its WAL, so the server keeps it; or it was kept too long and is lost for that reader.',
    confirm:
      'select * from pg_replication_slots. Whose slot is it? Is the reader down, or does it read too slowly? See how full the disk of pg_wal is.',
    act: 'Bring the reader back. If it never comes back: select pg_drop_replication_slot(…) on this server. For time, set max_slot_wal_keep_size, which sacrifices the slot before the server. A lost slot: drop it, then rebuild the standby or copy the subscription’s tables anew.',
    avoid:
      'Never delete files in pg_wal by hand. Do not drop a slot whose reader is only away: it has to be built anew then.',
  },
});
