import type { Purpose } from '@/lib/engine/define-job';

/** One statement of a script and what it is for. */
export interface GrantStatement {
  sql: string;
  why: string;
  /** `database`: to be run in each database that it should hold for; `server`: once, in any. */
  scope: 'server' | 'database';
  /** What works without it is said in `why`. */
  optional?: true;
}

export interface GrantOptions {
  purpose: Purpose;
  user: string;
  /** Of the server; the newest known one is assumed while it has not been asked. */
  major?: number;
  /** Roles that own tables there; before a test they are not known. */
  owners?: readonly string[];
}

export const newestMajor = 18;

/** An identifier in double quotes (manual: 4.1.1). Text with a line break is no role name that a script can hold. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * What a login of one purpose needs on a server of this major, least first. The statements are idempotent but for
 * `create role`, and are run by a superuser on the primary; a standby gets the roles by replication.
 * Sources: manual, “Predefined Roles”, “Row Security Policies”, pg_dump.
 */
export function grantStatements({
  purpose,
  user,
  major = newestMajor,
  owners = [],
}: GrantOptions): GrantStatement[] {
  const role = quoted(user);
  const create: GrantStatement = {
    sql: `create role ${role} login;`,
    why: 'the login itself',
    scope: 'server',
  };
  const monitor = (why: string): GrantStatement => ({
    sql: `grant pg_monitor to ${role};`,
    why,
    scope: 'server',
  });
  if (purpose === 'watch') {
    return [
      create,
      monitor('reads statistics and settings; no data of tables'),
      {
        sql: `alter role ${role} set default_transaction_read_only = on;`,
        why: 'a second guard: it has no right to write anyway',
        scope: 'server',
      },
      ...watchHelperStatements(user),
    ];
  }
  if (purpose === 'backup') {
    return [
      create,
      { sql: `grant pg_read_all_data to ${role};`, why: 'pg_dump reads every table', scope: 'server' },
      {
        sql: `alter role ${role} bypassrls;`,
        why: 'pg_dump refuses a table whose row security would hide rows from it',
        scope: 'server',
      },
      {
        sql: largeObjects(role),
        why: 'large objects have rights of their own, and new ones need this again; not needed where there are none',
        scope: 'database',
        optional: true,
      },
      ...physicalBackupGrants(user, major).map((sql) => ({
        sql,
        why: 'physical backups with pgBackRest: in the maintenance database',
        scope: 'database' as const,
        optional: true as const,
      })),
    ];
  }
  return [
    create,
    monitor('sees whom an act would wait for'),
    {
      sql: `grant pg_signal_backend to ${role};`,
      why: 'cancels sessions that are not a superuser’s',
      scope: 'server',
    },
    ...(major >= 17
      ? [
          {
            sql: `grant pg_maintain to ${role};`,
            why: 'reindexes, vacuums and analyzes any table',
            scope: 'server' as const,
          },
        ]
      : []),
    ...owners.map((owner) => ({
      sql: `grant ${quoted(owner)} to ${role};`,
      why:
        major >= 17
          ? 'partitions are made by the table’s owner'
          : 'indexes are rebuilt and partitions made by the table’s owner',
      scope: 'server' as const,
    })),
  ];
}

/**
 * What the login that pgBackRest connects with needs: it begins and ends a backup and closes segments of WAL
 * (pgbackrest.org/user-guide.html; manual, 9.28.3). The functions got new names in 15.
 */
export function physicalBackupGrants(user: string, major: number): string[] {
  const role = quoted(user);
  const functions =
    major >= 15
      ? ['pg_backup_start(text, boolean)', 'pg_backup_stop(boolean)']
      : ['pg_start_backup(text, boolean, boolean)', 'pg_stop_backup(boolean, boolean)'];
  return [
    `grant pg_read_all_settings to ${role};`,
    ...[...functions, 'pg_switch_wal()', 'pg_create_restore_point(text)'].map(
      (name) => `grant execute on function pg_catalog.${name} to ${role};`,
    ),
  ];
}

/**
 * pg_stats shows a login only columns that it may select. These helpers give widths, null shares and counts of
 * distinct values, and how far sequences are: no values of rows. The role is given as it was typed.
 */
export function watchHelperStatements(user: string): GrantStatement[] {
  const role = quoted(user);
  const why =
    'bloat is estimated from column statistics, and sequences read; without these the checks say “unknown”';
  const helper = (name: string, columns: string, body: string[]): string[] => [
    [
      `create or replace function plumbline.${name}()`,
      `returns table (${columns})`,
      'language sql stable security definer',
      'set search_path = pg_catalog, pg_temp',
      'as $$',
      ...body.map((line) => `  ${line}`),
      '$$;',
    ].join('\n'),
    `revoke all on function plumbline.${name}() from public;`,
    `grant execute on function plumbline.${name}() to ${role};`,
  ];
  return [
    'create schema if not exists plumbline;',
    `grant usage on schema plumbline to ${role};`,
    ...helper(
      'column_statistics',
      'relid oid, attnum smallint, null_frac real, avg_width integer, n_distinct real',
      [
        'select s.starelid, s.staattnum, s.stanullfrac, s.stawidth, s.stadistinct',
        'from pg_statistic as s',
        'join pg_class as c on c.oid = s.starelid',
        "where not s.stainherit and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)",
      ],
    ),
    ...helper('sequence_values', 'sequence oid, last_value bigint', [
      'select s.seqrelid, pg_sequence_last_value(s.seqrelid)',
      'from pg_sequence as s',
      "join pg_class as c on c.oid = s.seqrelid and c.relpersistence <> 't'",
    ]),
  ].map((sql) => ({ sql, why, scope: 'database', optional: true }));
}

function largeObjects(role: string): string {
  let tag = '$do$';
  while (role.includes(tag)) tag = `${tag.slice(0, -1)}o$`;
  return [
    `do ${tag}`,
    'declare loid oid;',
    'begin',
    '  for loid in select oid from pg_largeobject_metadata loop',
    `    execute format('grant select on large object %s to ${role.replaceAll("'", "''").replaceAll('%', '%%')}', loid);`,
    '  end loop;',
    'end',
    `${tag};`,
  ].join('\n');
}

/**
 * The script as a person copies it into psql: comments say why, the password is asked for by `\password`, so that it
 * stands in no history and no server log.
 */
export function grantScript(options: GrantOptions): string {
  const { purpose, user, major = newestMajor, owners = [] } = options;
  const all = grantStatements(options);
  const lines = [
    `-- Plumbline: the ${purpose} login for PostgreSQL ${major}. Run it with psql as a superuser, on the primary.`,
  ];
  for (const statement of all.filter((one) => one.scope === 'server')) {
    lines.push(`-- ${statement.why}`, statement.sql);
    if (statement.sql.startsWith('create role')) lines.push(`\\password ${quoted(user)}`);
  }
  if (purpose === 'operate' && owners.length === 0) {
    lines.push(
      `-- ${major >= 17 ? 'to make partitions' : 'to rebuild indexes and make partitions'}: for each role that owns the tables`,
      `-- grant "owner of the tables" to ${quoted(user)};`,
    );
  }
  const perDatabase = all.filter((one) => one.scope === 'database');
  if (perDatabase.length > 0) {
    lines.push('', '-- Optional, in each database (\\connect it first):');
    let said = '';
    for (const statement of perDatabase) {
      if (statement.why !== said) lines.push(`-- ${statement.why}`);
      said = statement.why;
      lines.push(statement.sql);
    }
  }
  return `${lines.join('\n')}\n`;
}
