import { z } from 'zod';
import type { Session } from '@/lib/engine/define-job';
import { quoteIdent, quoteLiteral } from '@/lib/instance/quote';
import { type BesideMark, withMark, withoutMark } from '@/lib/procedures/database-beside-mark';
import { settingSql } from '@/lib/procedures/dump-globals';

const grantSchema = z.object({
  /** Null: everybody (PUBLIC). */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
});

/** What belongs to a database as a whole and is in no dump of it unless that is restored under its old name. */
export const databaseTraitsSchema = z.object({
  name: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `c` libc, `i` ICU, `b` built in. */
  provider: z.string(),
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  tablespace: z.string(),
  connectionLimit: z.number(),
  comment: z.string().nullable(),
  acl: z.array(z.string()).nullable(),
  /** The rights spelled out, defaults too. */
  grants: z.array(grantSchema),
  /** `name=value`; role null: for everybody. */
  settings: z.array(z.object({ role: z.string().nullable(), setting: z.string() })),
  labels: z.array(z.object({ provider: z.string(), label: z.string() })),
});

export type DatabaseTraits = z.infer<typeof databaseTraitsSchema>;

/** Everything of a database's own that a dump does not bring; undefined when there is no such database. */
export async function readTraits(session: Session, name: string): Promise<DatabaseTraits | undefined> {
  const [row] = await session.query(
    `select json_build_object(
       'name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
       'collate', d.datcollate, 'ctype', d.datctype,
       'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
       'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
       'icuRules', to_jsonb(d) ->> 'daticurules',
       'tablespace', t.spcname, 'connectionLimit', d.datconnlimit,
       'comment', shobj_description(d.oid, 'pg_database'), 'acl', d.datacl::text[],
       'grants', (select coalesce(json_agg(json_build_object(
           'grantee', r.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)
           order by r.rolname nulls first, a.privilege_type), '[]')
         from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
         left join pg_roles r on r.oid = a.grantee),
       'settings', (select coalesce(json_agg(json_build_object('role', r.rolname, 'setting', one)
           order by r.rolname nulls first, one), '[]')
         from pg_db_role_setting s
         left join pg_roles r on r.oid = s.setrole
         cross join unnest(s.setconfig) one
         where s.setdatabase = d.oid),
       'labels', (select coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label)
           order by l.provider), '[]')
         from pg_shseclabel l
         where l.objoid = d.oid and l.classoid = 'pg_database'::regclass))::text as traits
     from pg_database d
     join pg_tablespace t on t.oid = d.dattablespace
     where d.datname = $1`,
    [name],
  );
  return row ? databaseTraitsSchema.parse(JSON.parse(String(row.traits))) : undefined;
}

/** The rights in a stored `aclitem[]`, as this server reads them. @throws when a role of them is gone. */
export async function grantsOf(
  session: Session,
  acl: readonly string[] | null,
  owner: string,
): Promise<DatabaseTraits['grants']> {
  const [row] = await session.query(
    `select coalesce(json_agg(json_build_object(
       'grantee', r.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)
       order by r.rolname nulls first, a.privilege_type), '[]')::text as grants
     from aclexplode(coalesce($1::text[]::aclitem[],
       acldefault('d', (select oid from pg_roles where rolname = $2)))) a
     left join pg_roles r on r.oid = a.grantee`,
    [acl, owner],
  );
  return z.array(grantSchema).parse(JSON.parse(String(row?.grants)));
}

const roleName = (name: string | null) => (name === null ? 'public' : quoteIdent(name));

/**
 * The statements that give a database the owner, rights, limit, settings, labels and comment of another. Each can be
 * repeated. Rights are taken away first: a new database lets everybody in.
 */
export function carryOverStatements(name: string, traits: DatabaseTraits, mark?: BesideMark): string[] {
  const database = quoteIdent(name);
  return [
    `alter database ${database} owner to ${quoteIdent(traits.owner)}`,
    `revoke all on database ${database} from public`,
    `revoke all on database ${database} from ${quoteIdent(traits.owner)}`,
    ...traits.grants.map(
      ({ grantee, privilege, grantable }) =>
        `grant ${privilege.toLowerCase()} on database ${database} to ${roleName(grantee)}${grantable && grantee !== null ? ' with grant option' : ''}`,
    ),
    `alter database ${database} connection limit ${traits.connectionLimit}`,
    // What the superuser alone may set stays for who is none; the comparison tells.
    `alter database ${database} reset all`,
    ...traits.settings.map(({ role, setting }) =>
      settingSql(
        role === null ? `database ${database}` : `role ${quoteIdent(role)} in database ${database}`,
        setting,
      ),
    ),
    ...traits.labels.map(
      ({ provider, label }) =>
        `security label for ${quoteIdent(provider)} on database ${database} is ${quoteLiteral(label)}`,
    ),
    commentStatement(name, mark ? withMark(traits.comment, mark) : withoutMark(traits.comment)),
  ];
}

export function commentStatement(name: string, comment: string | null): string {
  const text = comment === null ? 'null' : quoteLiteral(comment);
  return `comment on database ${quoteIdent(name)} is ${text}`;
}

/** Runs them one by one; what the server refuses is told and does not end the rest. */
export async function carryOver(session: Session, statements: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const statement of statements) {
    await session.query(statement).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      problems.push(`${statement}: ${error.message}`);
    });
  }
  return problems;
}

/** In what a database is not like another, in words; nothing when all was carried over. */
export function traitDifferences(live: DatabaseTraits, other: DatabaseTraits): string[] {
  const differences: string[] = [];
  const compare = (what: string, left: unknown, right: unknown) => {
    if (JSON.stringify(left) !== JSON.stringify(right)) {
      differences.push(`${what}: ${shown(left)} in ${live.name}, ${shown(right)} in ${other.name}`);
    }
  };
  compare('owner', live.owner, other.owner);
  compare('encoding', live.encoding, other.encoding);
  compare(
    'collation',
    [live.collate, live.provider, live.locale],
    [other.collate, other.provider, other.locale],
  );
  compare('character type', live.ctype, other.ctype);
  compare('tablespace', live.tablespace, other.tablespace);
  compare('connection limit', live.connectionLimit, other.connectionLimit);
  compare('rights', live.grants.map(shownGrant), other.grants.map(shownGrant));
  compare('settings', live.settings.map(shownSetting), other.settings.map(shownSetting));
  compare('security labels', live.labels, other.labels);
  compare('comment', withoutMark(live.comment), withoutMark(other.comment));
  return differences;
}

const shownGrant = (grant: DatabaseTraits['grants'][number]) =>
  `${grant.privilege.toLowerCase()} to ${grant.grantee ?? 'everybody'}${grant.grantable ? ' (may grant it)' : ''}`;
const shownSetting = ({ role, setting }: DatabaseTraits['settings'][number]) =>
  role === null ? setting : `${role}: ${setting}`;
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300);

/** The traits as evidence: names and values of settings, never rows. */
export function traitFacts(traits: DatabaseTraits) {
  return {
    database: traits.name,
    owner: traits.owner,
    encoding: traits.encoding,
    collation: traits.locale ?? traits.collate,
    connectionLimit: traits.connectionLimit,
    rights: traits.grants.map(shownGrant),
    settings: traits.settings.map(shownSetting),
    comment: withoutMark(traits.comment),
  };
}
