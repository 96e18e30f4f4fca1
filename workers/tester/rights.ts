import type { TestedLogin } from '@/lib/contract/instances';
import type { Purpose, Session } from '@/lib/engine/define-job';
import type { InstanceFacts } from '@/lib/instance/facts';
import { tamed } from '@/lib/instance/instance-error';

type Right = TestedLogin['rights'][number];

export interface SeenRights {
  rights: Right[];
  /** Sentences: what does not work without the rights that are missing. */
  missing: string[];
  /** Sentences: what the login may do beyond its purpose. */
  excess: string[];
  /** Roles that own tables and that the login is no member of; for the script. */
  owners: string[];
}

/** Rights that nobody needs for watching; with them a stolen watch password is worth more than it must be. */
const tooMuchForWatching = [
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_execute_server_program',
];

const deadline = { deadlineMs: 5_000 };

/** Reads what a login may do and holds it against what checks and jobs of its purpose need. Changes nothing. */
export async function readRights(
  session: Session,
  purpose: Purpose,
  facts: InstanceFacts,
): Promise<SeenRights> {
  const has = (role: string) => facts.superuser || facts.memberships.includes(role);
  if (purpose === 'watch') return watchRights(session, facts, has);
  if (purpose === 'backup') return backupRights(session, facts, has);
  return operateRights(session, facts, has);
}

async function watchRights(
  session: Session,
  facts: InstanceFacts,
  has: (role: string) => boolean,
): Promise<SeenRights> {
  const [row] = await session.query(
    `select coalesce(has_function_privilege(to_regprocedure('plumbline.column_statistics()'), 'execute')
       and has_schema_privilege(to_regnamespace('plumbline'), 'usage'), false) as widths`,
    [],
    deadline,
  );
  const monitor = has('pg_monitor');
  return {
    rights: [
      { name: 'pg_monitor', held: monitor, why: 'sees the statistics and sessions of everybody' },
      {
        name: 'plumbline.column_statistics()',
        held: facts.superuser || row?.widths === true,
        optional: true,
        why: 'per database: estimates bloat without a right to read the tables',
      },
    ],
    missing: monitor
      ? []
      : [
          'Without pg_monitor other people’s sessions, sizes and replication are hidden: most checks say “unknown”.',
        ],
    excess: facts.superuser
      ? []
      : tooMuchForWatching
          .filter((role) => facts.memberships.includes(role))
          .map((role) => `The watch login is a member of ${role}, which watching does not need.`),
    owners: [],
  };
}

async function backupRights(
  session: Session,
  facts: InstanceFacts,
  has: (role: string) => boolean,
): Promise<SeenRights> {
  const readAll = has('pg_read_all_data');
  const bypass = facts.superuser || facts.attributes.bypassRowSecurity;
  const databases = await session.query(
    `select datname::text as name
     from pg_database
     where datallowconn and not datistemplate and not has_database_privilege(oid, 'connect')
     order by datname
     limit 20`,
    [],
    deadline,
  );
  // has_largeobject_privilege() is of PostgreSQL 18; the list of rights is read by hand for all versions.
  const [largeObjects] = await session.query(
    `select count(*)::int4 as hidden
     from (
       select 1
       from pg_largeobject_metadata as object
       where not pg_has_role(object.lomowner, 'usage')
         and not exists (
           select 1
           from aclexplode(object.lomacl) as acl
           where acl.privilege_type = 'SELECT'
             and (acl.grantee = 0 or pg_has_role(acl.grantee, 'usage'))
         )
       limit 1000
     ) as unreadable`,
    [],
    deadline,
  );
  const hidden = facts.superuser ? 0 : Number(largeObjects?.hidden ?? 0);
  const closed = databases.map((row) => tamed(String(row.name)));
  return {
    rights: [
      { name: 'pg_read_all_data', held: readAll, why: 'reads every table for a dump' },
      { name: 'BYPASSRLS', held: bypass, why: 'row security must not leave rows out of a backup' },
      {
        name: 'large objects',
        held: hidden === 0,
        why: `those of ${tamed(facts.database)}: each has rights of its own`,
      },
      { name: 'connect', held: closed.length === 0, why: 'enters each database that is to be saved' },
    ],
    missing: [
      ...(readAll
        ? []
        : ['Without pg_read_all_data pg_dump stops at the first table that the login may not read.']),
      ...(bypass ? [] : ['Without BYPASSRLS pg_dump stops at a table with row security.']),
      ...(hidden > 0
        ? [
            `${hidden === 1000 ? 'At least 1000' : hidden} large objects of ${tamed(facts.database)} cannot be read: a dump of it fails.`,
          ]
        : []),
      ...(closed.length > 0
        ? [`The login may not connect to ${closed.join(', ')}: these cannot be saved.`]
        : []),
    ],
    excess: [],
    owners: [],
  };
}

async function operateRights(
  session: Session,
  facts: InstanceFacts,
  has: (role: string) => boolean,
): Promise<SeenRights> {
  // pg_shdepend is shared: it knows the owners of tables in every database (manual: 53.49). Superusers are no roles
  // to hand on, so their tables are left to a superuser.
  const ownerRows = await session.query(
    `select owner.rolname::text as name, pg_has_role(owner.oid, 'usage') as held
     from pg_roles as owner
     where not owner.rolsuper
       and exists (
         select 1
         from pg_shdepend as dependency
         where dependency.refclassid = 'pg_authid'::regclass
           and dependency.refobjid = owner.oid
           and dependency.classid = 'pg_class'::regclass
           and dependency.deptype = 'o'
       )
     order by owner.rolname
     limit 50`,
    [],
    deadline,
  );
  const owners = ownerRows.filter((row) => row.held !== true).map((row) => String(row.name));
  const newer = facts.serverVersionNum >= 170_000;
  const rights: Right[] = [
    { name: 'pg_signal_backend', held: has('pg_signal_backend'), why: 'cancels sessions of others' },
    { name: 'pg_monitor', held: has('pg_monitor'), why: 'sees whom an act would wait for' },
    ...(newer ? [{ name: 'pg_maintain', held: has('pg_maintain'), why: 'reindexes any table' }] : []),
    ...ownerRows.map((row) => ({
      name: `member of ${tamed(String(row.name))}`,
      held: row.held === true,
      why: newer ? 'makes partitions of its tables' : 'rebuilds indexes and makes partitions of its tables',
    })),
  ];
  const missing = [
    ...(has('pg_signal_backend')
      ? []
      : ['Without pg_signal_backend sessions of others cannot be cancelled.']),
    ...(has('pg_monitor') ? [] : ['Without pg_monitor a plan cannot say whom an act would wait for.']),
    ...(newer && !has('pg_maintain') ? ['Without pg_maintain indexes of others cannot be rebuilt.'] : []),
    ...(owners.length > 0
      ? [
          `Tables of ${owners.map((name) => tamed(name)).join(', ')} cannot be ${newer ? 'given partitions' : 'reindexed or given partitions'}: the login is no member of ${owners.length === 1 ? 'that role' : 'those roles'}.`,
        ]
      : []),
  ];
  return { rights, missing, excess: [], owners };
}
