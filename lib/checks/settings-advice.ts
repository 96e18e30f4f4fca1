import { type CheckRow, defineCheck } from '@/lib/engine/define-check';
import { judgedSettings, judgeSettings } from '@/lib/engine/settings-advice';

const names = judgedSettings.map((name) => `'${name}'`).join(', ');

/** Judges the settings as the server has them; where each comes from stays beside it. */
export function adviseOn(rows: readonly CheckRow[]): CheckRow[] {
  const bySetting = new Map(rows.map((row) => [String(row.name), row]));
  const settings = rows.map((row) => ({
    name: String(row.name),
    value: String(row.value ?? ''),
    unit: typeof row.unit === 'string' ? row.unit : null,
  }));
  return judgeSettings(settings).map((judged) => {
    const row = bySetting.get(judged.setting);
    return { ...judged, comes_from: row?.comes_from ?? null, takes_effect: row?.takes_effect ?? null };
  });
}

export default defineCheck({
  title: 'Settings',
  why: 'A few settings decide whether a crash costs seconds or the data, and whether maintenance happens at all. Defaults are made to start anywhere, not to run production.',
  source: 'https://www.postgresql.org/docs/current/runtime-config.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 300,
  sql: {
    // What new sessions start with: our own transactions set some for themselves (source: session).
    140000: `
      select
        name,
        reset_val as value,
        unit,
        case source
          when 'default' then 'default'
          when 'session' then null
          else concat_ws(', line ', coalesce(sourcefile, source), sourceline)
        end as comes_from,
        case context
          when 'postmaster' then 'at a restart'
          when 'sighup' then 'at a reload'
          else 'in new sessions'
        end as takes_effect
      from pg_settings
      where name in (${names})
        or name like 'enable\\_%'
      order by name`,
  },
  columns: {
    setting: { role: 'key', label: 'Setting' },
    value: { role: 'text', label: 'Value' },
    severity: { role: 'gauge', label: 'Severity', unit: 'none' },
    verdict: { role: 'text', label: 'Verdict' },
    advice: { role: 'text', label: 'Advice' },
    why: { role: 'text', label: 'Why' },
    comes_from: { role: 'text', label: 'Comes from' },
    takes_effect: { role: 'text', label: 'A change takes effect' },
  },
  keep: ['snapshot'],
  feeds: 'server.settings',
  derive: ({ rows }) => adviseOn(rows),
  judge: [
    {
      column: 'severity',
      worse: 'above',
      warn: 1,
      crit: 2,
      sentence: '{setting} is {value} on {instance}: {why} {advice}',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Settings with advice',
      columns: ['setting', 'value', 'verdict', 'advice', 'why', 'comes_from', 'takes_effect'],
    },
  ],
  runbook: {
    means: 'The setting puts data at risk, stops maintenance, or costs every statement something.',
    confirm:
      'select name, setting, source, sourcefile, sourceline from pg_settings where name = …; some are set for one role or database only.',
    act: 'alter system set … and select pg_reload_conf(), or a restart where the setting needs one. Measure before and after; change one at a time.',
    avoid: 'Don’t copy a whole configuration file from a website: it was made for another machine.',
  },
});
