import { formatBytes } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';

type Blocker = PlanDraft['blockers'][number];

const ownRelation = `c.oid >= 16384 and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and n.nspname <> 'information_schema'
  and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')`;

/** Up to five names as people read them; never part of a statement. */
function named(rows: Record<string, unknown>[]): string {
  const names = rows.slice(0, 5).map((row) => `${row.schema}.${row.name}`);
  return `${names.join(', ')}${rows.length > 5 ? ' and more' : ''}`;
}

/**
 * What pg_dump would fail on with this login: it needs SELECT on each table and sequence, no row security that
 * applies to it, and SELECT on each large object (PostgreSQL documentation, pg_dump, Notes).
 */
export async function dumpRightsBlockers(session: Session): Promise<Blocker[]> {
  const [me] = await session.query('select current_user::text as name');
  const login = String(me?.name);
  const blockers: Blocker[] = [];
  const unreadable = await session.query(
    `select n.nspname::text as schema, c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'S') and ${ownRelation}
       and not (has_schema_privilege(n.oid, 'usage')
         and case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'select')
           else has_table_privilege(c.oid, 'select') end)
     order by 1, 2 limit 6`,
  );
  if (unreadable.length > 0) {
    blockers.push({
      message: `The login ${login} may not read ${named(unreadable)}.`,
      next: 'Run the GRANT script of the backup login: it needs pg_read_all_data.',
    });
  }
  const rowSecurity = await session.query(
    `select n.nspname::text as schema, c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.relrowsecurity and ${ownRelation} and row_security_active(c.oid)
     order by 1, 2 limit 6`,
  );
  if (rowSecurity.length > 0) {
    blockers.push({
      message: `Row security hides rows of ${named(rowSecurity)} from the login ${login}; pg_dump refuses to leave them out.`,
      next: 'Give the backup login BYPASSRLS; its GRANT script has the statement.',
    });
  }
  const [objects] = await session.query(
    `select count(*)::float8 as hidden
     from pg_largeobject_metadata l
     where current_setting('lo_compat_privileges') = 'off' and not pg_has_role(l.lomowner, 'usage')
       and not exists (select from aclexplode(l.lomacl) a
         where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_has_role(a.grantee, 'usage')))`,
  );
  if (Number(objects?.hidden) > 0) {
    blockers.push({
      message: `The login ${login} may not read ${objects?.hidden} large objects.`,
      next: 'Grant it SELECT on them, or make it a member of their owner; pg_read_all_data does not cover them.',
    });
  }
  return blockers;
}

export interface DumpSize {
  /** Tables with TOAST, without indexes. */
  tableBytes: number;
  tables: number;
  databaseBytes: number | null;
}

export async function dumpSize(session: Session): Promise<DumpSize> {
  const [row] = await session.query(
    `select coalesce(sum(pg_table_size(c.oid)), 0)::float8 as bytes, count(*)::float8 as tables
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and ${ownRelation}`,
    [],
    { deadlineMs: 60_000 },
  );
  const [whole] = await session.query(
    `select case when has_database_privilege(current_database(), 'connect')
       then pg_database_size(current_database())::float8 end as bytes`,
    [],
    { deadlineMs: 60_000 },
  );
  return {
    tableBytes: Number(row?.bytes),
    tables: Number(row?.tables),
    databaseBytes: typeof whole?.bytes === 'number' ? whole.bytes : null,
  };
}

/** A directory dump with gzip rarely needs more than half of the tables' size; data that is compressed already does. */
export async function spaceVerdict(
  ctx: PlanContext,
  tableBytes: number,
): Promise<{ blockers: Blocker[]; warnings: string[]; freeBytes: number }> {
  const freeBytes = await ctx.freeBytes('repository');
  const have = `The repository on ${ctx.workerName} has ${formatBytes(freeBytes)} free`;
  const need = `the tables hold ${formatBytes(tableBytes)}`;
  if (freeBytes < tableBytes / 2 + 64 * 1024 * 1024) {
    const blocker = {
      message: `${have}; ${need}.`,
      next: 'Free space there, or expire old backups, then plan again.',
    };
    return { blockers: [blocker], warnings: [], freeBytes };
  }
  const warnings =
    freeBytes < tableBytes * 1.1 ? [`${have}; ${need}. Data that does not compress would fill it.`] : [];
  return { blockers: [], warnings, freeBytes };
}

/** Newest majors that pg_dump may have while the server is of this one: it reads servers back to 9.2. */
const majorsAhead = 8;

/**
 * The major of the client programs to use: the server's own, else the next newer one on this worker. All of
 * `programs` must be of the same major.
 */
export async function clientMajor(
  ctx: Pick<PlanContext, 'findProgram'>,
  serverMajor: number,
  programs: readonly string[],
): Promise<number | undefined> {
  for (let major = serverMajor; major <= serverMajor + majorsAhead; major += 1) {
    const found = await Promise.all(programs.map((program) => ctx.findProgram(program, major)));
    if (found.every((file) => file !== undefined)) return major;
  }
  return undefined;
}
