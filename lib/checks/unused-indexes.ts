import { defineCheck } from '@/lib/engine/define-check';
import { judgeUsage } from '@/lib/procedures/index-usage';

export default defineCheck({
  title: 'Unused indexes',
  why: 'An index that no query reads is still written by every insert and most updates, takes disk, cache and backup time, and keeps HOT updates away.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW',
  target: 'database',
  // Each server counts its own scans: what is unused on the primary may be all that a standby's reports live on.
  runsOn: 'any',
  everySeconds: 600,
  timeoutMs: 15_000,
  remembers: true,
  sql: {
    // A crash forgets all counters and says so in the shared ones: all of them were reset then, by hand only one.
    140000: `
      with counted as (
        select greatest(
          (select stats_reset from pg_stat_database where datname = current_database()),
          least(
            (select stats_reset from pg_stat_archiver),
            (select stats_reset from pg_stat_bgwriter),
            (select stats_reset from pg_stat_wal)
          )
        ) as since
      )
      select
        schema.nspname::text as schema,
        relation.relname::text as "table",
        class.relname::text as index,
        pg_relation_size(class.oid)::float8 as bytes,
        coalesce(usage.idx_scan, 0)::float8 as scans,
        extract(epoch from now() - (to_jsonb(usage) ->> 'last_idx_scan')::timestamptz)::float8 as idle_seconds,
        extract(epoch from now() - counted.since)::float8 as window_seconds,
        extract(epoch from now())::float8 as now_epoch,
        case
          when pg_index.indisprimary then 'primary key'
          when pg_index.indisexclusion then 'exclusion constraint'
          when pg_index.indisreplident then 'replica identity'
          when rule.conname is not null then 'constraint ' || rule.conname
          when pg_index.indisunique then 'keeps rows unique'
          when exists (select from pg_inherits where inhrelid = class.oid) then 'part of a partitioned index'
          when not pg_index.indisvalid then 'invalid, used by nothing'
        end as kept,
        (
          select min(key.conname::text)
          from pg_constraint as key
          where key.contype = 'f'
            and key.conrelid = pg_index.indrelid
            and pg_index.indpred is null
            and pg_index.indnkeyatts >= cardinality(key.conkey)
            and (pg_index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
        ) as supports,
        pg_get_indexdef(class.oid) as definition,
        pg_is_in_recovery()::int::float8 as is_standby,
        (
          select count(*)
          from pg_stat_replication as sender
          where sender.application_name not in ('pg_basebackup', 'pg_receivewal')
            and not exists (
              select
              from pg_replication_slots as slot
              where slot.active_pid = sender.pid and slot.slot_type = 'logical'
            )
        )::float8 as standbys
      from pg_index
      cross join counted
      join pg_class as class on class.oid = pg_index.indexrelid and class.relkind = 'i'
      join pg_class as relation on relation.oid = pg_index.indrelid and relation.relkind in ('r', 'm')
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join pg_stat_user_indexes as usage on usage.indexrelid = class.oid
      left join (
        select conindid, min(conname::text) as conname
        from pg_constraint
        where conindid <> 0
        group by conindid
      ) as rule on rule.conindid = class.oid
      where schema.nspname not in ('pg_catalog', 'information_schema')
        and schema.nspname not like 'pg\\_toast%'
        and class.relpersistence <> 't'
      order by class.relpages desc, class.oid
      limit 5000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    index: { role: 'key', label: 'Index' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    scans: { role: 'gauge', label: 'Scans', unit: 'count' },
    standby_scans: { role: 'gauge', label: 'Scans on other servers', unit: 'count' },
    idle_seconds: { role: 'gauge', label: 'Last use (16 and newer)', unit: 'seconds' },
    window_seconds: { role: 'gauge', label: 'Counted for', unit: 'seconds' },
    quiet_seconds: { role: 'gauge', label: 'Not used for', unit: 'seconds' },
    usage: { role: 'text', label: 'Usage' },
    verdict: { role: 'text', label: 'Verdict' },
    kept: { role: 'text', label: 'Kept as' },
    supports: { role: 'text', label: 'Serves the foreign key' },
    definition: { role: 'text', label: 'Definition' },
    note: { role: 'text', label: 'Note' },
    read_at: { role: 'text', label: 'Read at' },
    watched_since: { role: 'text', label: 'Watched since' },
    appeared_at: { role: 'text', label: 'Appeared' },
    moved_at: { role: 'text', label: 'Seen in use' },
    is_standby: { role: 'gauge', label: 'On a standby', unit: 'none' },
    standbys: { role: 'gauge', label: 'Standbys', unit: 'count' },
    unused: { role: 'gauge', label: 'Whether it is unused', unit: 'none' },
    unknown_reason: { role: 'text', label: 'Why it is not known' },
  },
  keep: ['snapshot'],
  snapshotRows: 5000,
  feeds: 'indexes.usage',
  derive: judgeUsage,
  judge: [
    {
      column: 'unused',
      worse: 'above',
      warn: 1,
      unknownFrom: 'unknown_reason',
      unknownMend:
        'Add each standby of this cluster with a watch login: an index that the primary never reads may serve a standby’s queries.',
      sentence: 'Index {schema}.{index} ({bytes}) on {table} in {database}: {usage}.{note}',
    },
  ],
  draw: [],
  fixedBy: [
    {
      job: 'drop-index-concurrently',
      label: 'Drop it',
      input: { database: '$database', schema: 'schema', index: 'index' },
    },
  ],
  runbook: {
    means:
      'No query was seen to use this index for at least 35 days, on any server of the cluster. It is no primary key, constraint, unique index or replica identity.',
    confirm:
      'Ask whether something runs more seldom than that: a yearly close, a report by hand. Look whether the planner uses its statistics: an index on an expression gives ANALYZE figures even when it is never scanned.',
    act: 'Drop it concurrently. The plan keeps the exact definition, so that the undo makes the same index again.',
    avoid:
      'Do not drop several at once: after each, watch the table’s slow statements for a day. Do not drop one that serves a foreign key before you know that parents are never deleted.',
  },
});
