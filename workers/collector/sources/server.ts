import type { SqlRow } from '@/lib/engine/define-job';
import { compareServer, type ReadSetting, type ServerReading } from '@/lib/engine/server-changes';
import { readIdentity } from '@/lib/instance/facts';
import { appendChanges } from '@/lib/store/changes';
import { forgetSchemas } from '@/lib/store/schema-snapshots';
import { clusterIdOf, lockServerSnapshot, putServerSnapshot } from '@/lib/store/server-snapshots';
import { processesSql, serverSql, settingsSql } from '@/workers/collector/sources/server-sql';
import type { Source, SourceContext } from '@/workers/collector/sources/source';

/** When nothing changes, the moment of the last look is stored this often. */
const touchEveryMs = 300_000;

interface Known {
  text: string;
  loadedAt: string;
  backendPid: number;
  storedAt: number;
  /** Of the last look, ISO 8601. */
  lookedAt: string;
}

/**
 * Settings, start, role, timeline and databases of a server, compared with what is stored of it. pg_settings is read
 * only when the configuration was loaded anew or the session is another one (PostgreSQL documentation, 54.24).
 */
export function makeServerSource(): Source {
  let known: Known | undefined;
  return {
    collect: async (context) => {
      const started = performance.now();
      const { backendPid } = context.session;
      const reading = await read(context, known?.backendPid === backendPid ? known.loadedAt : undefined);
      const { settings } = reading;
      // Clocks of servers differ: what a server dates is moved by the difference to ours.
      const aheadMs = Date.parse(reading.now) - Date.now();
      let lookedAt = '';
      // What moves by itself is left out.
      const text = JSON.stringify({ ...reading, now: '', settings: null });
      const isQuiet =
        settings === null && known?.text === text && performance.now() - known.storedAt < touchEveryMs;
      return {
        answer: {
          state: 'ok',
          rows: [],
          serverEpoch: Date.parse(reading.now) / 1000,
          durationMs: performance.now() - started,
        },
        commit: () => {
          const storedAt = isQuiet && known ? known.storedAt : performance.now();
          known = { text, loadedAt: reading.loadedAt, backendPid, storedAt, lookedAt };
        },
        store: async (db, at) => {
          lookedAt = at;
          if (isQuiet) return;
          const { instanceId } = context;
          const stored = await lockServerSnapshot(db, instanceId);
          const { snapshot, changes } = compareServer(stored?.content, reading, instanceId);
          const clusterId = await clusterIdOf(db, instanceId);
          const dated = changes.map((change) =>
            change.at === undefined
              ? change
              : { ...change, at: new Date(Date.parse(change.at) - aheadMs).toISOString() },
          );
          await putServerSnapshot(db, instanceId, snapshot, at);
          const since = known?.lookedAt ?? stored?.observedAt ?? null;
          await appendChanges(db, { clusterId, instanceId }, at, since, dated);
          if (reading.role === 'primary') await forgetSchemas(db, clusterId, reading.databases);
        },
      };
    },
  };
}

async function read(
  { session, timeoutMs }: SourceContext,
  loadedAt: string | undefined,
): Promise<ServerReading> {
  const options = { deadlineMs: timeoutMs };
  const identity = await readIdentity(session, timeoutMs);
  const [row = {}] = await session.query(serverSql, [], options);
  const isOld = loadedAt !== undefined && loadedAt === row.loaded;
  return {
    now: String(row.now),
    startedAt: String(row.started),
    processesAt: isOld ? null : await processesSince(session, options),
    loadedAt: String(row.loaded),
    role: identity.role,
    timeline: identity.timeline,
    version: String(row.version),
    databases: JSON.parse(String(row.databases)) as Record<string, string>,
    settings: isOld ? null : await readSettings(session, options),
    scoped: scopedSettings(JSON.parse(String(row.scoped)) as ScopedRow[]),
  };
}

type Session = SourceContext['session'];

/** A crash of one process makes the server start all others anew, the checkpointer too; its own start stays. */
async function processesSince(session: Session, options: { deadlineMs: number }): Promise<string | null> {
  const [row] = await session.query(processesSql, [], options);
  return typeof row?.since === 'string' ? row.since : null;
}

async function readSettings(session: Session, options: { deadlineMs: number }): Promise<ReadSetting[]> {
  const rows = await session.query(settingsSql, [], options);
  return rows.map((row: SqlRow) => ({
    name: String(row.name),
    value: String(row.value),
    boot: String(row.boot),
    unit: typeof row.unit === 'string' ? row.unit : null,
    source: String(row.source),
    pending: row.pending === true,
  }));
}

type ScopedRow = [database: string | null, role: string | null, config: string[]];

function scopedSettings(rows: readonly ScopedRow[]): ServerReading['scoped'] {
  const scoped: ServerReading['scoped'] = {};
  for (const [database, role, config] of rows) {
    const names = [role === null ? '' : `role ${role}`, database === null ? '' : `database ${database}`];
    const scope = names.filter(Boolean).join(' in ') || 'all roles';
    scoped[scope] = Object.fromEntries(
      config.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    );
  }
  return scoped;
}
