import { defineCheck } from '@/lib/engine/define-check';

/** Partitions are their root's affair. Only publications of updates or deletes need an identity; from 15 on by schema, too. */
const keylessSql = (bySchema: string) => `
      select
        schema.nspname::text as schema,
        class.relname::text as "table",
        case class.relreplident
          when 'd' then 'none: it would be the primary key'
          when 'n' then 'nothing'
          when 'f' then 'all columns'
          when 'i' then 'a unique index'
        end as replica_identity,
        greatest(statistics.n_live_tup, class.reltuples, 0)::float8 as live_rows,
        (
          select string_agg(indexed.relname, ', ' order by indexed.relname)
          from pg_index
          join pg_class as indexed on indexed.oid = pg_index.indexrelid
          where pg_index.indrelid = class.oid
            and pg_index.indisunique
            and pg_index.indisvalid
            and pg_index.indpred is null
        ) as unique_indexes,
        published.publications,
        (published.publications is not null and class.relreplident in ('d', 'n'))::int::float8 as breaks_replication
      from pg_class as class
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join pg_stat_user_tables as statistics on statistics.relid = class.oid
      left join lateral (
        select string_agg(publication.pubname, ', ' order by publication.pubname) as publications
        from pg_publication as publication
        where (publication.pubupdate or publication.pubdelete)
          and (
            publication.puballtables
            or exists (
              select
              from pg_publication_rel as member
              where member.prpubid = publication.oid
                and member.prrelid = class.oid
            )
            ${bySchema}
          )
      ) as published on true
      where class.relkind in ('r', 'p')
        and not class.relispartition
        and class.relpersistence = 'p'
        and schema.nspname not in ('pg_catalog', 'information_schema')
        and schema.nspname not like 'pg\\_toast%'
        and not exists (
          select
          from pg_constraint as key
          where key.conrelid = class.oid
            and key.contype = 'p'
        )
        and not exists (
          select
          from pg_depend as dependency
          where dependency.classid = 'pg_class'::regclass
            and dependency.objid = class.oid
            and dependency.deptype = 'e'
        )
      order by breaks_replication desc, live_rows desc, 1, 2
      limit 500`;

export default defineCheck({
  title: 'Tables without a primary key',
  why: 'Rows that nothing tells apart cannot be replicated logically, repaired one by one or found by a tool; in a publication their updates and deletes fail.',
  source: 'https://www.postgresql.org/docs/current/logical-replication-publication.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 600,
  timeoutMs: 15_000,
  sql: {
    140000: keylessSql(''),
    150000: keylessSql(`or exists (
              select
              from pg_publication_namespace as member
              where member.pnpubid = publication.oid
                and member.pnnspid = class.relnamespace
            )`),
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    replica_identity: { role: 'text', label: 'Replica identity' },
    live_rows: { role: 'gauge', label: 'Live rows', unit: 'rows' },
    unique_indexes: { role: 'text', label: 'Unique indexes' },
    publications: { role: 'text', label: 'Published by' },
    breaks_replication: { role: 'gauge', label: 'Updates fail', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'tables.keyless',
  judge: [
    {
      column: 'breaks_replication',
      worse: 'above',
      crit: 1,
      sentence:
        '{schema}.{table} in {database} is published by {publications} without a replica identity: its updates and deletes fail.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Tables without a primary key',
      columns: ['schema', 'table', 'live_rows', 'replica_identity', 'unique_indexes', 'publications'],
    },
  ],
  runbook: {
    means:
      'A publication that sends updates or deletes must name the old row. This table has no primary key and no other replica identity, so PostgreSQL refuses those statements.',
    confirm:
      'An update of one row fails with “cannot update table … because it does not have a replica identity”.',
    act: 'Add a primary key, from an existing unique index if there is one (create it concurrently first). Until then: alter table … replica identity using index, or replica identity full.',
    avoid:
      'Do not leave a large, busy table at replica identity full: the subscriber searches the whole row for each change.',
  },
});
