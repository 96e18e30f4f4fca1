import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Published tables without replica identity',
  why: 'UPDATE and DELETE fail on a published table that has no replica identity: the application gets an error the first time it changes a row.',
  source: 'https://www.postgresql.org/docs/current/logical-replication-publication.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 300,
  sql: {
    140000: `
      select
        pub.pubname::text as publication,
        published.schemaname::text as schema,
        published.tablename::text as table,
        concat_ws(
          ', ',
          case when pub.pubupdate then 'update' end,
          case when pub.pubdelete then 'delete' end
        ) as publishes,
        case class.relreplident
          when 'n' then 'nothing'
          when 'd' then 'primary key, which it has not'
          else 'an index, which is not there or not valid'
        end as identity,
        1::float8 as lacks
      from pg_publication as pub
      join pg_publication_tables as published on published.pubname = pub.pubname
      join pg_namespace as namespace on namespace.nspname = published.schemaname
      join pg_class as class on class.relnamespace = namespace.oid and class.relname = published.tablename
      where (pub.pubupdate or pub.pubdelete)
        and class.relreplident <> 'f'
        and not exists (
          select
          from pg_index as index
          where index.indrelid = class.oid
            and index.indisvalid
            and case class.relreplident when 'd' then index.indisprimary when 'i' then index.indisreplident else false end
        )
      order by publication, schema, "table"`,
  },
  columns: {
    publication: { role: 'key', label: 'Publication' },
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    publishes: { role: 'text', label: 'Publishes' },
    identity: { role: 'text', label: 'Identity is' },
    lacks: { role: 'gauge', label: 'Lacks one', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'replication.publications',
  judge: [
    {
      column: 'lacks',
      worse: 'above',
      warn: 1,
      sentence:
        'Table {schema}.{table} in {database} is published for {publishes} by {publication} without a replica identity: these statements fail on it.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Published tables without replica identity',
      columns: ['publication', 'schema', 'table', 'publishes', 'identity'],
    },
  ],
  runbook: {
    means:
      'A publication sends updates or deletes of this table, but subscribers could not tell which row is meant.',
    confirm: 'An update of one row of it fails with “does not have a replica identity”.',
    act: 'Add a primary key; or alter table … replica identity using index … (unique, not partial, columns not null); or, for a small table, replica identity full.',
    avoid:
      'replica identity full on a large table writes whole old rows to WAL and makes each change a scan on the subscriber.',
  },
});
