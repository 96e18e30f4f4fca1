import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Tables of subscriptions',
  why: 'A table whose first copy does not come to its end is empty or stale on this server, though its subscription looks alive; and the slot of its copy keeps WAL on the publisher.',
  source: 'https://www.postgresql.org/docs/current/catalog-pg-subscription-rel.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    // Tables that are in step are left out: of thousands nobody wants to read that they are well.
    140000: `
      select
        schema.nspname::text as schema,
        class.relname::text as "table",
        sub.subname::text as subscription,
        case rel.srsubstate
          when 'i' then 'its copy has not begun'
          when 'd' then 'its rows are being copied'
          when 'f' then 'copied; what changed meanwhile is being caught up'
          when 's' then 'caught up; it is being handed over'
          else 'state ' || rel.srsubstate::text
        end as state,
        case when worker.pid is null then 'none' else 'running' end as worker,
        1::float8 as waiting
      from pg_subscription_rel as rel
      join pg_subscription as sub on sub.oid = rel.srsubid
      join pg_class as class on class.oid = rel.srrelid
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join pg_stat_subscription as worker
        on worker.subid = rel.srsubid and worker.relid = rel.srrelid and worker.pid is not null
      where rel.srsubstate <> 'r'
      order by 3, 1, 2
      limit 500`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    subscription: { role: 'key', label: 'Subscription' },
    state: { role: 'text', label: 'State' },
    worker: { role: 'text', label: 'Copying process' },
    waiting: { role: 'gauge', label: 'Not in step', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'replication.subscription-tables',
  judge: [
    {
      column: 'waiting',
      worse: 'above',
      warn: 1,
      forSeconds: 1800,
      sentence:
        'Table {schema}.{table} of subscription {subscription} in {database} has not come in step for half an hour: {state}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Tables that are not in step yet',
      columns: ['schema', 'table', 'subscription', 'state', 'worker'],
    },
  ],
  runbook: {
    means:
      'The first copy of the table’s rows goes on, waits for a free worker, or fails and begins again: each error starts the whole copy anew.',
    confirm:
      'The server’s log names the error (a duplicate key, a missing column, a right). pg_stat_subscription_stats counts failed copies from 15 on. A large table may just need its time: pg_stat_progress_copy shows how far it is.',
    act: 'Mend what the log names: empty the table before the first copy, add the column, give the right. When copies wait for one another, raise max_sync_workers_per_subscription. A table that was added to the publication later needs alter subscription … refresh publication.',
    avoid:
      'Do not set a table’s state in pg_subscription_rel by hand: rows that were not copied would be missing for ever, and nothing would tell.',
  },
});
