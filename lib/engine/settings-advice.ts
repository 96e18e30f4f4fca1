import { formatBytes, formatDuration } from '@/lib/base/format';
import { plannerRule, type SettingReader, type Severity, settingRules } from '@/lib/engine/setting-rules';

/** One setting as pg_settings has it: the value that a new session starts with. */
export interface ServerSetting {
  name: string;
  /** Numbers in `unit`. */
  value: string;
  /** `8kB`, `ms`, `min` …; null for what has none. */
  unit: string | null;
}

export interface JudgedSetting {
  setting: string;
  /** As a person writes it: `128 MB`, `5 min`, `off`. */
  value: string;
  severity: Severity;
  verdict: string;
  /** Null where nothing is to be said. */
  advice: string | null;
  why: string | null;
}

/** The settings that `judgeSettings` looks at; planner methods are matched by `enable_`. */
export const judgedSettings: readonly string[] = [...Object.keys(settingRules), 'hash_mem_multiplier'];

const verdicts: Record<Severity, string> = { 0: 'worth a thought', 1: 'a risk', 2: 'data at risk' };

/** Judges the settings of one server: those with a danger first, then those with advice, then by name. */
export function judgeSettings(settings: readonly ServerSetting[]): JudgedSetting[] {
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  const reader: SettingReader = {
    text: (name) => byName.get(name)?.value,
    number: (name) => numberOf(byName.get(name)),
  };
  const judged = settings.map((setting): JudgedSetting | undefined => {
    const ofPlanner = plannerRule(setting.name);
    const found = (ofPlanner ?? settingRules[setting.name])?.(reader);
    // All of the planner's methods that are on would be a screen of nothing.
    if (!found && !(setting.name in settingRules)) return undefined;
    return {
      setting: setting.name,
      value: shownValue(setting),
      severity: found?.severity ?? 0,
      verdict: found ? verdicts[found.severity] : 'fine',
      advice: found?.advice ?? null,
      why: found?.why ?? null,
    };
  });
  return judged
    .filter((each) => each !== undefined)
    .sort(
      (left, right) =>
        right.severity - left.severity ||
        Number(left.advice === null) - Number(right.advice === null) ||
        left.setting.localeCompare(right.setting),
    );
}

const byteUnits: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const timeUnits: Record<string, number> = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 };

function scaleOf(unit: string | null): { factor: number; kind: 'bytes' | 'seconds' | 'none' } {
  const match = /^(\d*)([A-Za-z]+)$/.exec(unit ?? '');
  const count = match?.[1] ? Number(match[1]) : 1;
  const name = match?.[2] ?? '';
  if (name in byteUnits) return { factor: count * (byteUnits[name] ?? 1), kind: 'bytes' };
  if (name in timeUnits) return { factor: count * (timeUnits[name] ?? 1), kind: 'seconds' };
  return { factor: 1, kind: 'none' };
}

/** In bytes or seconds where it has such a unit. A negative value is a switch (-1: off), not an amount. */
function numberOf(setting: ServerSetting | undefined): number {
  const value = setting === undefined || setting.value === '' ? Number.NaN : Number(setting.value);
  return value < 0 ? value : value * scaleOf(setting?.unit ?? null).factor;
}

function shownValue(setting: ServerSetting): string {
  const number = numberOf(setting);
  const { kind } = scaleOf(setting.unit);
  if (kind === 'none' || Number.isNaN(number) || number < 0) return setting.value;
  if (number === 0 && kind === 'seconds') return 'off';
  return kind === 'bytes' ? formatBytes(number) : formatDuration(number);
}
