import { z } from 'zod';
import type { Session } from '@/lib/engine/define-job';
import { quoteIdent, quoteLiteral } from '@/lib/instance/quote';

const roleSchema = z.object({
  name: z.string(),
  superuser: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDatabase: z.boolean(),
  canLogin: z.boolean(),
  replication: z.boolean(),
  bypassRowSecurity: z.boolean(),
  connectionLimit: z.number(),
  validUntil: z.string().nullable(),
  comment: z.string().nullable(),
});

const settingSchema = z.object({
  /** Null: for every role. */
  role: z.string().nullable(),
  /** Null: in every database. */
  database: z.string().nullable(),
  settings: z.array(z.string()),
});

/** What a dump of one database does not hold, without passwords: nobody but a superuser may read those. */
export const globalsSchema = z.object({
  roles: z.array(roleSchema),
  memberships: z.array(
    z.object({ role: z.string(), member: z.string(), admin: z.boolean(), inherit: z.boolean().nullable() }),
  ),
  settings: z.array(settingSchema),
  tablespaces: z.array(z.object({ name: z.string(), owner: z.string() })),
  database: z.object({
    name: z.string(),
    owner: z.string(),
    encoding: z.string(),
    collate: z.string(),
    ctype: z.string(),
    /** `c` libc, `i` ICU, `b` built in (pg_database.datlocprovider). */
    provider: z.string(),
    locale: z.string().nullable(),
    icuRules: z.string().nullable(),
    connectionLimit: z.number(),
    acl: z.array(z.string()).nullable(),
    tablespace: z.string(),
    comment: z.string().nullable(),
  }),
});

export type Globals = z.infer<typeof globalsSchema>;

/** Reads roles, memberships, settings and the database's own row; every login may (PostgreSQL documentation, 53). */
export async function readGlobals(session: Session): Promise<Globals> {
  const [row] = await session.query(
    `select json_build_object(
       'roles', (select coalesce(json_agg(json_build_object(
           'name', rolname, 'superuser', rolsuper, 'inherit', rolinherit, 'createRole', rolcreaterole,
           'createDatabase', rolcreatedb, 'canLogin', rolcanlogin, 'replication', rolreplication,
           'bypassRowSecurity', rolbypassrls, 'connectionLimit', rolconnlimit, 'validUntil', rolvaliduntil::text,
           'comment', shobj_description(oid, 'pg_authid')) order by rolname), '[]')
         from pg_roles where rolname !~ '^pg_'),
       'memberships', (select coalesce(json_agg(json_build_object(
           'role', g.rolname, 'member', m.rolname, 'admin', a.admin_option,
           'inherit', (to_jsonb(a) ->> 'inherit_option')::boolean) order by g.rolname, m.rolname), '[]')
         from pg_auth_members a
         join pg_roles g on g.oid = a.roleid
         join pg_roles m on m.oid = a.member
         where m.rolname !~ '^pg_'),
       'settings', (select coalesce(json_agg(json_build_object(
           'role', r.rolname, 'database', d.datname, 'settings', s.setconfig)), '[]')
         from pg_db_role_setting s
         left join pg_roles r on r.oid = s.setrole
         left join pg_database d on d.oid = s.setdatabase
         where s.setdatabase = 0 or d.datname = current_database()),
       'tablespaces', (select coalesce(json_agg(json_build_object(
           'name', spcname, 'owner', pg_get_userbyid(spcowner)) order by spcname), '[]')
         from pg_tablespace where spcname !~ '^pg_'),
       'database', (select json_build_object(
           'name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
           'collate', d.datcollate, 'ctype', d.datctype,
           'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
           'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
           'icuRules', to_jsonb(d) ->> 'daticurules',
           'connectionLimit', d.datconnlimit, 'acl', d.datacl::text[], 'tablespace', t.spcname,
           'comment', shobj_description(d.oid, 'pg_database'))
         from pg_database d
         join pg_tablespace t on t.oid = d.dattablespace
         where d.datname = current_database()))::text as globals`,
    [],
    { deadlineMs: 60_000 },
  );
  return globalsSchema.parse(JSON.parse(String(row?.globals)));
}

const flag = (on: boolean, word: string) => (on ? word : `no${word}`);

/** `create role` of one role. A copy for a drill never logs in. */
export function createRoleSql(role: Globals['roles'][number], options: { noLogin: boolean }): string {
  const words = [
    flag(role.superuser, 'superuser'),
    flag(role.inherit, 'inherit'),
    flag(role.createRole, 'createrole'),
    flag(role.createDatabase, 'createdb'),
    flag(role.canLogin && !options.noLogin, 'login'),
    flag(role.replication, 'replication'),
    flag(role.bypassRowSecurity, 'bypassrls'),
    `connection limit ${role.connectionLimit}`,
    ...(role.validUntil === null ? [] : [`valid until ${quoteLiteral(role.validUntil)}`]),
  ];
  return `create role ${quoteIdent(role.name)} ${words.join(' ')}`;
}

export function grantMembershipSql(membership: Globals['memberships'][number]): string {
  const { role, member, admin } = membership;
  return `grant ${quoteIdent(role)} to ${quoteIdent(member)}${admin ? ' with admin option' : ''}`;
}

/**
 * `create database` with the same encoding and locale, from template0: another template may hold objects or
 * another encoding (CREATE DATABASE, PostgreSQL documentation).
 */
export function createDatabaseSql(
  name: string,
  database: Globals['database'],
  serverVersionNum: number,
): string {
  const words = [
    'template template0',
    `encoding ${quoteLiteral(database.encoding)}`,
    `lc_collate ${quoteLiteral(database.collate)}`,
    `lc_ctype ${quoteLiteral(database.ctype)}`,
  ];
  if (serverVersionNum >= 150_000) {
    const provider = { c: 'libc', i: 'icu', b: 'builtin' }[database.provider] ?? 'libc';
    words.push(`locale_provider ${provider}`);
    if (provider === 'icu' && database.locale) words.push(`icu_locale ${quoteLiteral(database.locale)}`);
    if (provider === 'builtin' && database.locale)
      words.push(`builtin_locale ${quoteLiteral(database.locale)}`);
    if (provider === 'icu' && database.icuRules) words.push(`icu_rules ${quoteLiteral(database.icuRules)}`);
  }
  return `create database ${quoteIdent(name)} ${words.join(' ')}`;
}

/** Settings whose value is a list of names: as one literal it would become one name (GUC_LIST_QUOTE). */
const listSettings = new Set([
  'search_path',
  'temp_tablespaces',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
]);

function quotedList(value: string): string {
  const names = value.match(/"(?:[^"]|"")*"|[^,\s"]+/g) ?? [];
  const plain = names.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
  return plain.map(quoteLiteral).join(', ') || "''";
}

/** `alter … set` of one entry of pg_db_role_setting (`name=value`); the subject is `database "d"` or the like. */
export function settingSql(subject: string, setting: string): string {
  const at = setting.indexOf('=');
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  const written = listSettings.has(name) ? quotedList(value) : quoteLiteral(value);
  return `alter ${subject} set ${name.split('.').map(quoteIdent).join('.')} to ${written}`;
}

/** What a person runs before a restore by hand: roles without passwords, memberships, settings. */
export function rolesScript(globals: Globals): string {
  const lines = [
    '-- Roles without passwords, as they were when the backup was taken. Read it before you run it.',
  ];
  for (const role of globals.roles) lines.push(`${createRoleSql(role, { noLogin: false })};`);
  for (const membership of globals.memberships) lines.push(`${grantMembershipSql(membership)};`);
  for (const { role, database, settings } of globals.settings) {
    const subject =
      role === null
        ? database === null
          ? 'role all'
          : `database ${quoteIdent(database)}`
        : `role ${quoteIdent(role)}${database === null ? '' : ` in database ${quoteIdent(database)}`}`;
    for (const setting of settings) lines.push(`${settingSql(subject, setting)};`);
  }
  return `${lines.join('\n')}\n`;
}
