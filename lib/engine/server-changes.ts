import type { NewChange } from '@/lib/engine/changes';
import { type SafeValue, safeValue, settingText } from '@/lib/engine/setting-values';

/** One row of pg_settings as it was read. */
export interface ReadSetting {
  name: string;
  /** What a new session gets. */
  value: string;
  /** What it is when nobody sets it. */
  boot: string;
  unit: string | null;
  source: string;
  pending: boolean;
}

/** What a server says of itself. Times are ISO 8601 by its own clock. */
export interface ServerReading {
  now: string;
  startedAt: string;
  /** When its processes began: later than the start after a crash of one of them. Null where it was not asked. */
  processesAt: string | null;
  /** When the configuration was last read. */
  loadedAt: string;
  role: 'primary' | 'standby';
  timeline: number;
  version: string;
  /** Databases but the first two templates, name → oid. */
  databases: Record<string, string>;
  /** Null where the configuration was not read again since. */
  settings: ReadSetting[] | null;
  /** ALTER ROLE … SET and ALTER DATABASE … SET: `role app in database shop` → name → value. */
  scoped: Record<string, Record<string, string>>;
}

interface StoredSetting extends SafeValue {
  unit: string | null;
  source: string;
  pending?: true;
}

/** The last that is known of a server, small: settings that are as they come are left out. */
export interface ServerSnapshot {
  now: string;
  startedAt: string;
  processesAt: string | null;
  role: 'primary' | 'standby';
  timeline: number;
  version: string;
  databases: Record<string, string>;
  settings: Record<string, StoredSetting>;
  scoped: Record<string, Record<string, SafeValue>>;
}

/** Where a value is this session's or this login's own, the server's is not to be seen. */
const ownSources = new Set([
  'session',
  'client',
  'override',
  'interactive',
  'user',
  'database user',
  'database',
]);

/**
 * The snapshot after a reading, and what has changed since the one before. Without one before nothing has changed: it is
 * what later ones are compared with.
 *
 * @param salt of the prints of hidden values.
 */
export function compareServer(
  before: ServerSnapshot | undefined,
  reading: ServerReading,
  salt: string,
): { snapshot: ServerSnapshot; changes: NewChange[] } {
  const { now, startedAt, role, timeline, version, databases } = reading;
  const settings = reading.settings
    ? storedSettings(before, reading.settings, salt)
    : (before?.settings ?? {});
  const scoped = Object.fromEntries(
    Object.entries(reading.scoped).map(([scope, values]) => [
      scope,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, safeValue(name, value, salt)])),
    ]),
  );
  const processesAt = reading.processesAt ?? before?.processesAt ?? null;
  const snapshot = { now, startedAt, processesAt, role, timeline, version, databases, settings, scoped };
  if (!before) return { snapshot, changes: [] };
  const changes = [
    ...restarts(before, reading),
    ...failovers(before, reading),
    ...(reading.settings ? settingChanges(before, snapshot, reading) : []),
    // A standby has these from its primary, which tells of them.
    ...(role === 'primary'
      ? [...scopedChanges(before, snapshot), ...databaseChanges(before, databases)]
      : []),
  ];
  return { snapshot, changes };
}

function storedSettings(
  before: ServerSnapshot | undefined,
  read: readonly ReadSetting[],
  salt: string,
): Record<string, StoredSetting> {
  const stored: Record<string, StoredSetting> = {};
  for (const { name, value, boot, unit, source, pending } of read) {
    const old = before?.settings[name];
    if (ownSources.has(source)) {
      if (old) stored[name] = old;
    } else if (value !== boot || pending) {
      stored[name] = { ...safeValue(name, value, salt), unit, source, ...(pending && { pending: true }) };
    }
  }
  return stored;
}

function restarts(before: ServerSnapshot, now: ServerReading): NewChange[] {
  const common = { kind: 'restart' as const, database: '', object: 'server' };
  if (before.startedAt !== now.startedAt) {
    const isNewer = before.version !== now.version;
    return [
      {
        ...common,
        at: now.startedAt,
        sentence: isNewer
          ? `The server was restarted as PostgreSQL ${now.version} (before: ${before.version}).`
          : 'The server was restarted.',
        details: isNewer ? { before: before.version, after: now.version } : {},
      },
    ];
  }
  const { processesAt } = now;
  if (processesAt === null || before.processesAt === null || processesAt === before.processesAt) return [];
  return [
    {
      ...common,
      at: processesAt,
      sentence: 'A process of the server crashed: all sessions were cut and it recovered.',
      details: { how: 'crash' },
    },
  ];
}

function failovers(before: ServerSnapshot, now: ServerReading): NewChange[] {
  const common = { kind: 'failover' as const, database: '', object: 'server' };
  const details = {
    before: `${before.role}, timeline ${before.timeline}`,
    after: `${now.role}, timeline ${now.timeline}`,
  };
  if (before.role !== now.role) {
    const sentence =
      now.role === 'primary'
        ? `The standby was promoted: it is the primary now, on timeline ${now.timeline} (before: ${before.timeline}).`
        : `The primary has become a standby, on timeline ${now.timeline} (before: ${before.timeline}).`;
    return [{ ...common, sentence, details }];
  }
  if (before.timeline === now.timeline) return [];
  const does = now.role === 'standby' ? 'The standby follows' : 'The primary writes';
  return [
    { ...common, sentence: `${does} timeline ${now.timeline} now (before: ${before.timeline}).`, details },
  ];
}

function isSame(left: SafeValue | undefined, right: SafeValue | undefined): boolean {
  return left?.value === right?.value && left?.print === right?.print;
}

/** What may be told of two values: where both read the same, the part that is hidden has changed. */
function told(before: string, after: string): string {
  return before === after ? `: a hidden part of ${after}` : ` from ${before} to ${after}`;
}

function settingChanges(before: ServerSnapshot, after: ServerSnapshot, reading: ServerReading): NewChange[] {
  // It can't have taken effect before the configuration was read.
  const isLoadedSince = Date.parse(reading.loadedAt) > Date.parse(before.now);
  const at = isLoadedSince ? reading.loadedAt : undefined;
  const changes: NewChange[] = [];
  for (const { name, boot, value, unit, source } of reading.settings ?? []) {
    const old = before.settings[name];
    const now = after.settings[name];
    const common = { kind: 'setting' as const, database: '', object: name, ...(at !== undefined && { at }) };
    if (!old && !now) continue;
    const was = old ?? { value: boot };
    const is = now ?? { value };
    if (!isSame(was, is) && !ownSources.has(source)) {
      const texts = { before: settingText(was.value, unit), after: settingText(is.value, unit) };
      const sentence = `${name} was changed${told(texts.before, texts.after)}.`;
      changes.push({ ...common, sentence, details: { ...texts, source } });
    }
    if (now?.pending && !old?.pending) {
      changes.push({
        ...common,
        sentence: `${name} was changed in the configuration and waits for a restart (now: ${settingText(is.value, unit)}).`,
        details: { pending: true, source },
      });
    }
  }
  return changes;
}

function scopedChanges(before: ServerSnapshot, after: ServerSnapshot): NewChange[] {
  const changes: NewChange[] = [];
  for (const scope of new Set([...Object.keys(before.scoped), ...Object.keys(after.scoped)])) {
    const old = before.scoped[scope] ?? {};
    const now = after.scoped[scope] ?? {};
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (isSame(old[name], now[name])) continue;
      const was = old[name]?.value ?? 'not set';
      const is = now[name]?.value ?? 'not set';
      changes.push({
        kind: 'setting',
        database: '',
        object: name,
        sentence: `${name} for ${scope} was changed${told(was, is)}.`,
        details: { before: was, after: is, source: scope },
      });
    }
  }
  return changes;
}

function databaseChanges(before: ServerSnapshot, databases: Record<string, string>): NewChange[] {
  const change = (name: string, sentence: string): NewChange => ({
    kind: 'schema',
    database: name,
    object: name,
    sentence,
    details: {},
  });
  const oldNames = new Map(Object.entries(before.databases).map(([name, oid]) => [oid, name]));
  const oids = new Set(Object.values(databases));
  const changes: NewChange[] = [];
  for (const [name, oid] of Object.entries(databases)) {
    const oldName = oldNames.get(oid);
    if (oldName === name) continue;
    if (oldName !== undefined) changes.push(change(name, `Database ${oldName} was renamed to ${name}.`));
    else if (Object.hasOwn(before.databases, name))
      changes.push(change(name, `Database ${name} was dropped and created again.`));
    else changes.push(change(name, `Database ${name} was created.`));
  }
  for (const [name, oid] of Object.entries(before.databases)) {
    if (!oids.has(oid) && !Object.hasOwn(databases, name))
      changes.push(change(name, `Database ${name} was dropped.`));
  }
  return changes;
}
