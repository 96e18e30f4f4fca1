import type { Session, SqlRow } from '@/lib/engine/define-job';
import { safeValue } from '@/lib/engine/setting-values';
import { InstanceError } from '@/lib/instance/instance-error';

export interface InstanceFacts {
  serverVersionNum: number;
  /** As the server says it, for people: `15.18 (Debian 15.18-0+deb12u1)`. */
  serverVersion: string;
  role: 'primary' | 'standby';
  timeline: number;
  systemIdentifier: string;
  /** The server's clock and its start, ISO 8601 in UTC. */
  now: string;
  startedAt: string;
  database: string;
  user: string;
  superuser: boolean;
  attributes: {
    bypassRowSecurity: boolean;
    createDatabase: boolean;
    createRole: boolean;
    replication: boolean;
  };
  /** Roles whose rights this login has now (`pg_monitor`, owners …), by name. */
  memberships: string[];
  /** Of the database that was asked, with the schema they live in. */
  extensions: { name: string; version: string; schema: string }[];
  /** Extensions that could be created here. */
  availableExtensions: string[];
  settings: Record<string, string>;
}

/** Settings that checks, plans and pages look at; those that the login may not see are left out. */
const wantedSettings = [
  'archive_mode',
  'archive_command',
  'archive_library',
  'block_size',
  'cluster_name',
  'data_checksums',
  'data_directory',
  'hot_standby',
  'max_connections',
  'max_wal_senders',
  'password_encryption',
  'reserved_connections',
  'shared_buffers',
  'shared_preload_libraries',
  'ssl',
  'superuser_reserved_connections',
  'track_activities',
  'track_counts',
  'track_io_timing',
  'wal_level',
  'wal_segment_size',
];

export interface Identity {
  serverVersionNum: number;
  role: 'primary' | 'standby';
  timeline: number;
  systemIdentifier: string;
}

/** Who a server is, as `readIdentity` asks it. */
export const identitySql = `
  select
    pg_catalog.current_setting('server_version_num')::int4 as version,
    pg_catalog.pg_is_in_recovery() as standby,
    (select system_identifier::text from pg_catalog.pg_control_system()) as system,
    case when pg_catalog.pg_is_in_recovery() then
      coalesce(
        (select received_tli from pg_catalog.pg_stat_wal_receiver),
        (select timeline_id from pg_catalog.pg_control_checkpoint()))
    else
      ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int4
    end as timeline`;

/**
 * Who the server is at this moment, in one cheap statement. The timeline is that of the WAL being written on a
 * primary, and that of the WAL being received (else of the last restart point) on a standby: the control file alone
 * lags behind a promotion until the next checkpoint.
 */
export async function readIdentity(session: Session, deadlineMs?: number): Promise<Identity> {
  const [row] = await session.query(identitySql, [], { deadlineMs });
  if (!row || typeof row.system !== 'string' || typeof row.timeline !== 'number') {
    throw new InstanceError('statement', 'The server does not say which cluster it belongs to.', {
      next: 'The login needs to run pg_control_system(): grant pg_monitor to it.',
    });
  }
  return {
    serverVersionNum: Number(row.version),
    role: row.standby ? 'standby' : 'primary',
    timeline: row.timeline,
    systemIdentifier: row.system,
  };
}

/** Everything that pages and plans want to know of a server and of the login that asks. Four statements. */
export async function readFacts(session: Session, deadlineMs?: number): Promise<InstanceFacts> {
  const options = { deadlineMs };
  const identity = await readIdentity(session, deadlineMs);
  const [self] = await session.query(
    `select
       pg_catalog.current_setting('server_version') as version,
       to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now,
       to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started,
       current_database()::text as database,
       r.rolname::text as "user",
       r.rolsuper, r.rolbypassrls, r.rolcreatedb, r.rolcreaterole, r.rolreplication,
       (select coalesce(json_agg(m.rolname order by m.rolname), '[]')
        from pg_catalog.pg_roles m
        where m.oid <> r.oid and not r.rolsuper and pg_catalog.pg_has_role(r.oid, m.oid, 'usage')) as memberships,
       (select coalesce(json_agg(a.name order by a.name), '[]') from pg_catalog.pg_available_extensions a) as available
     from pg_catalog.pg_roles r
     where r.rolname = current_user`,
    [],
    options,
  );
  if (!self) throw new InstanceError('statement', 'The server does not know the role that asks it.');
  const extensions = await session.query(
    `select e.extname::text as name, e.extversion as version, n.nspname::text as schema
     from pg_catalog.pg_extension e
     join pg_catalog.pg_namespace n on n.oid = e.extnamespace
     order by e.extname`,
    [],
    options,
  );
  const settings = await session.query(
    `select name, setting from pg_catalog.pg_settings where name = any ($1::text[]) order by name`,
    [wantedSettings],
    options,
  );
  return {
    ...identity,
    serverVersion: String(self.version),
    now: String(self.now),
    startedAt: String(self.started),
    database: String(self.database),
    user: String(self.user),
    superuser: self.rolsuper === true,
    attributes: {
      bypassRowSecurity: self.rolbypassrls === true,
      createDatabase: self.rolcreatedb === true,
      createRole: self.rolcreaterole === true,
      replication: self.rolreplication === true,
    },
    memberships: textList(self.memberships),
    extensions: extensions.map((row) => ({
      name: String(row.name),
      version: String(row.version),
      schema: String(row.schema),
    })),
    availableExtensions: textList(self.available),
    settings: Object.fromEntries(settings.map((row) => [String(row.name), shownSetting(row)])),
  };
}

/** The command of the archive may hold a password or a key, and facts are for everybody: that part is taken out. */
function shownSetting(row: SqlRow): string {
  const [name, value] = [String(row.name), String(row.setting)];
  return name === 'archive_command' ? safeValue(name, value, '').value : value;
}

function textList(json: unknown): string[] {
  const parsed: unknown = JSON.parse(String(json));
  return Array.isArray(parsed) ? parsed.map(String) : [];
}
