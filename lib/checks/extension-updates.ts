import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Extensions with a newer version',
  why: 'After an upgrade the library is new and the SQL objects are old until somebody updates them: new columns and fixes are missing, and pg_stat_statements of an old version hides what it counts.',
  source: 'https://www.postgresql.org/docs/current/sql-alterextension.html',
  target: 'database',
  // A standby has the same extensions: it would only say everything twice.
  runsOn: 'primary',
  everySeconds: 600,
  sql: {
    140000: `
      select
        extension.extname::text as extension,
        extension.extversion as installed,
        available.default_version as available,
        schema.nspname::text as schema,
        (extension.extversion is distinct from available.default_version)::int::float8 as behind,
        case
          when available.name is null then 'its files are not on this server: a restore or a failover here would fail'
        end as missing
      from pg_extension as extension
      join pg_namespace as schema on schema.oid = extension.extnamespace
      left join pg_available_extensions as available on available.name = extension.extname
      order by behind desc, 1
      limit 500`,
  },
  columns: {
    extension: { role: 'key', label: 'Extension' },
    installed: { role: 'text', label: 'Installed' },
    available: { role: 'text', label: 'Available' },
    schema: { role: 'text', label: 'Schema' },
    behind: { role: 'gauge', label: 'Behind', unit: 'none' },
    missing: { role: 'text', label: 'Note' },
  },
  keep: ['snapshot'],
  feeds: 'server.extensions',
  judge: [
    {
      column: 'behind',
      worse: 'above',
      warn: 1,
      sentence: 'Extension {extension} in {database} is version {installed}; this server has {available}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Extensions',
      columns: ['extension', 'installed', 'available', 'schema', 'missing'],
    },
  ],
  runbook: {
    means:
      'The extension’s objects in this database are older than the files that are installed with the server.',
    confirm:
      'select * from pg_available_extension_versions where name = … shows the way from one to the other.',
    act: 'alter extension … update; in each database that has it, after reading its release notes. Some want more (PostGIS: select postgis_extensions_upgrade()).',
    avoid:
      'Don’t update in the middle of the day an extension whose types are in your tables: it takes locks.',
  },
});
