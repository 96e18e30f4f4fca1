import { defineCheck } from '@/lib/engine/define-check';

// A collation that somebody made, or an index that uses one; those nobody uses can't break an index.
const collations = `
      select
        made.collname::text as name,
        case made.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else 'default' end as provider,
        made.collversion as recorded,
        pg_collation_actual_version(made.oid) as actual,
        (
          select count(distinct depend.objid)
          from pg_depend as depend
          join pg_index on pg_index.indexrelid = depend.objid
          where depend.refclassid = 'pg_collation'::regclass
            and depend.refobjid = made.oid
            and depend.classid = 'pg_class'::regclass
        ) as indexes
      from pg_collation as made
      where made.collversion is not null
        and made.collversion is distinct from pg_collation_actual_version(made.oid)`;

const answer = (versions: string) => `
      select
        name as "collation",
        provider,
        recorded,
        actual,
        indexes::float8 as indexes,
        1::float8 as drifted
      from (${versions}
      ) as versions
      order by indexes desc nulls first
      limit 500`;

export default defineCheck({
  title: 'Collation versions',
  why: 'An upgrade of the operating system or of ICU changes how text is sorted. Indexes that were built by the old order then miss rows and let duplicates in, silently.',
  source: 'https://www.postgresql.org/docs/current/sql-altercollation.html#SQL-ALTERCOLLATION-NOTES',
  target: 'database',
  runsOn: 'any',
  everySeconds: 600,
  sql: {
    140000: answer(collations),
    // The database's own collation has a recorded version from 15 on: every text column uses it unless it says else.
    150000: answer(`
      select
        'the database’s own' as name,
        case datlocprovider when 'i' then 'icu' when 'c' then 'libc' else 'builtin' end as provider,
        datcollversion as recorded,
        pg_database_collation_actual_version(oid) as actual,
        null::bigint as indexes
      from pg_database
      where datname = current_database()
        and datcollversion is not null
        and datcollversion is distinct from pg_database_collation_actual_version(oid)
      union all
      ${collations}`),
  },
  columns: {
    collation: { role: 'key', label: 'Collation' },
    provider: { role: 'text', label: 'Provider' },
    recorded: { role: 'text', label: 'Built with' },
    actual: { role: 'text', label: 'Now' },
    indexes: { role: 'gauge', label: 'Indexes', unit: 'count' },
    drifted: { role: 'gauge', label: 'Differs', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'server.collations',
  judge: [
    {
      column: 'drifted',
      worse: 'above',
      warn: 1,
      sentence:
        'Collation {collation} of {database} was version {recorded} when its indexes were built and is {actual} now: they may be in the wrong order.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Collations of another version than their indexes',
      columns: ['collation', 'provider', 'recorded', 'actual', 'indexes'],
    },
  ],
  runbook: {
    means:
      'The library that sorts text is of another version than when the indexes were built. Whether the order of your texts changed nobody can tell without looking.',
    confirm:
      'bt_index_check() of the extension amcheck, with its second argument true, names each btree index on text that is out of order.',
    act: 'Rebuild the indexes on text columns with REINDEX CONCURRENTLY, then record the new version: alter collation … refresh version, or alter database … refresh collation version.',
    avoid: 'Don’t refresh the version first: the warning is gone and the wrong order stays.',
  },
});
