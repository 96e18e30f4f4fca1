import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Settings that wait for a restart',
  why: 'Somebody changed a setting and the server still runs with the old value. It will change by surprise at the next restart, which may be a failover at night; a value that does not fit keeps the server from starting.',
  source: 'https://www.postgresql.org/docs/current/view-pg-settings.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    // The new value stands in files that pg_monitor may not read: the mend is beside it.
    140000: `
      select
        name as setting,
        current_setting(name, true) as running,
        boot_val as default_value,
        null::text as wanted,
        null::text as place,
        'grant execute on function pg_show_all_file_settings() to ' || quote_ident(current_user) || ' shows the new value' as note,
        1::float8 as waits
      from pg_settings
      where pending_restart
      order by name`,
  },
  preferred: {
    function: 'pg_catalog.pg_show_all_file_settings()',
    sql: `
      select
        running.name as setting,
        current_setting(running.name, true) as running,
        running.boot_val as default_value,
        coalesce(changed.setting, 'the default') as wanted,
        changed.sourcefile || ', line ' || changed.sourceline as place,
        changed.error as note,
        1::float8 as waits
      from pg_settings as running
      left join lateral (
        select setting, sourcefile, sourceline, error
        from pg_show_all_file_settings() as file
        where lower(file.name) = lower(running.name)
        order by file.seqno desc
        limit 1
      ) as changed on true
      where running.pending_restart
      order by running.name`,
  },
  columns: {
    setting: { role: 'key', label: 'Setting' },
    running: { role: 'text', label: 'Runs with' },
    wanted: { role: 'text', label: 'Will be' },
    default_value: { role: 'text', label: 'Default' },
    place: { role: 'text', label: 'Stands in' },
    note: { role: 'text', label: 'Note' },
    waits: { role: 'gauge', label: 'Waits', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'server.pending',
  judge: [
    {
      column: 'waits',
      worse: 'above',
      warn: 1,
      sentence:
        '{setting} was changed and {instance} still runs with {running}: it waits for a restart (new value: {wanted}).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Settings that wait for a restart',
      columns: ['setting', 'running', 'wanted', 'default_value', 'place', 'note'],
    },
  ],
  runbook: {
    means:
      'This setting only takes effect when the server starts. The configuration files hold another value already.',
    confirm:
      'As a superuser: select * from pg_file_settings where not applied; it shows the new value and what is wrong with it.',
    act: 'Plan a restart, standbys first when the setting is one that they must not have lower (max_connections and its kin). Or take the change back and reload.',
    avoid: 'Don’t leave it to the next failover: then nobody expects it.',
  },
});
