import type { PlanDraft, Session } from '@/lib/engine/define-job';
import { shownList } from '@/lib/procedures/validation';

type Said = { blockers: PlanDraft['blockers']; warnings: string[] };

/**
 * What the login lacks to make a database and to give its objects to their owners (PostgreSQL documentation, CREATE
 * DATABASE, ALTER TABLE … OWNER TO). Who owns something in a database is read from pg_shdepend: that works for one
 * that nobody can connect to any more.
 */
export async function besideRights(
  session: Session,
  of: { database: string; owner: string; roleSettings: boolean },
): Promise<Said> {
  const [me] = await session.query(
    `select rolname::text as name, rolsuper as super, rolcreatedb or rolsuper as creates,
       rolcreaterole or rolsuper as roles from pg_roles where rolname = current_user`,
  );
  const login = String(me?.name);
  const blockers: Said['blockers'] = [];
  const warnings: string[] = [];
  if (me?.creates !== true) {
    blockers.push({
      message: `The login ${login} may not create databases.`,
      next: `As a superuser: alter role ${login} createdb;`,
    });
  }
  const [owner] = await session.query('select from pg_roles where rolname = $1', [of.owner]);
  if (!owner) {
    blockers.push({
      message: `The owner ${of.owner} of the database is no role of this server.`,
      next: 'Create it; roles.sql beside the dump has its statement.',
    });
  }
  if (me?.super !== true) {
    const rows = await session.query(
      `select distinct r.rolname::text as name
       from pg_roles r
       where (r.rolname = $2 or r.oid in (
           select s.refobjid from pg_shdepend s
           join pg_database d on d.oid = s.dbid
           where d.datname = $1 and s.deptype = 'o' and s.refclassid = 'pg_authid'::regclass))
         and not pg_has_role(current_user, r.oid, 'usage')
       order by 1`,
      [of.database, of.owner],
    );
    if (rows.length > 0) {
      const names = rows.map((row) => String(row.name));
      blockers.push({
        message: `The login ${login} is no member of ${shownList(names)}, who own objects in it.`,
        next: 'Run the GRANT script of the operate login: it has one grant for each owner.',
      });
    }
    if (of.roleSettings && me?.roles !== true) {
      warnings.push(
        `Settings of single roles in this database are set by their administrators alone; ${login} is none. What is refused is listed at the end, with its statement.`,
      );
    }
  }
  return { blockers, warnings };
}

/** Roles that were there when a dump was taken and are not now: what they owned or might use cannot be given. */
export async function missingRoles(session: Session, names: readonly string[]): Promise<string[]> {
  const rows = await session.query(
    'select name from unnest($1::text[]) as name where name not in (select rolname from pg_roles) order by 1',
    [names],
  );
  return rows.map((row) => String(row.name));
}

/** Extensions of the source that this server has no files of, and those that only a superuser may create. */
export async function extensionProblems(
  session: Session,
  extensions: readonly { name: string; version: string }[],
): Promise<Said> {
  const names = extensions.map(({ name }) => name);
  const rows = await session.query(
    `select name, bool_or(v.name is not null) as here, bool_or(not v.superuser or v.trusted) as trusted,
       (select rolsuper from pg_roles where rolname = current_user) as super
     from unnest($1::text[]) as wanted (name)
     left join (select name::text, superuser, trusted from pg_available_extension_versions) v using (name)
     group by name
     order by name`,
    [names],
  );
  const absent = rows.filter((row) => row.here !== true).map((row) => String(row.name));
  const guarded = rows
    .filter((row) => row.here === true && row.trusted !== true && row.super !== true)
    .map((row) => String(row.name));
  return {
    blockers:
      absent.length > 0
        ? [
            {
              message: `The server has no files of the extensions ${shownList(absent)}.`,
              next: 'Install their packages on the server, then plan again.',
            },
          ]
        : [],
    warnings:
      guarded.length > 0
        ? [
            `Only a superuser may create ${shownList(guarded)}: pg_restore will say so, and the restore fails unless it is told to keep what it could restore.`,
          ]
        : [],
  };
}
