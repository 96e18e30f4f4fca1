import type { PlanContext, PlanDraft, Session, SqlRow } from '@/lib/engine/define-job';
import { shownList } from '@/lib/procedures/validation';

type Said = { blockers: PlanDraft['blockers']; warnings: string[] };
type Table = NonNullable<PlanDraft['tables']>[number];

/** Who is connected to the databases, by application and user: they are all ended. */
export async function sessionsOf(session: Session, databases: readonly string[]): Promise<Table> {
  const rows = await session.query(
    `select datname::text as database, coalesce(nullif(application_name, ''), '–') as application,
       coalesce(usename::text, '–') as "user", count(*)::float8 as sessions,
       count(*) filter (where state <> 'idle')::float8 as busy
     from pg_stat_activity
     where datname = any ($1::text[]) and pid <> pg_backend_pid()
     group by 1, 2, 3
     order by 4 desc, 1, 2, 3
     limit 100`,
    [databases],
  );
  return {
    title: 'Sessions that will be ended',
    columns: ['Database', 'Application', 'User', 'Sessions', 'At work now'],
    rows: rows.map((row) => [row.database, row.application, row.user, row.sessions, row.busy].map(cell)),
  };
}

const cell = (value: SqlRow[string] | undefined) => (typeof value === 'number' ? value : String(value ?? ''));

/** What the login lacks for the two renames and for ending sessions (ALTER DATABASE; 9.27.2). */
export async function swapRights(session: Session, databases: readonly string[]): Promise<Said> {
  const [me] = await session.query(
    `select rolname::text as name, rolsuper as super, rolcreatedb or rolsuper as creates,
       rolsuper or pg_has_role('pg_signal_backend', 'usage') as signals
     from pg_roles where rolname = current_user`,
  );
  const login = String(me?.name);
  const blockers: Said['blockers'] = [];
  const block = (message: string, next: string) => blockers.push({ message, next });
  if (me?.creates !== true) {
    block(`The login ${login} may not rename databases.`, `As a superuser: alter role ${login} createdb;`);
  }
  if (me?.signals !== true) {
    block(`The login ${login} may not end sessions.`, 'Run the GRANT script of the operate login.');
  }
  if (me?.super !== true) {
    const owners = await session.query(
      `select distinct r.rolname::text as name
       from pg_database d
       join pg_roles r on r.oid = d.datdba
       where d.datname = any ($1::text[]) and not pg_has_role(current_user, r.oid, 'usage')`,
      [databases],
    );
    for (const { name } of owners) {
      block(`The login ${login} is no member of the owner ${name}.`, `grant it that role, as a superuser.`);
    }
    const [supers] = await session.query(
      `select count(*)::float8 as count
       from pg_stat_activity a
       join pg_roles r on r.oid = a.usesysid
       where a.datname = any ($1::text[]) and r.rolsuper`,
      [databases],
    );
    if (Number(supers?.count) > 0) {
      block(
        `${supers?.count} sessions of superusers are connected.`,
        `${login} may not end those: end them first.`,
      );
    }
  }
  const prepared = await session.query(
    'select gid::text as gid, database::text as database from pg_prepared_xacts where database = any ($1::name[])',
    [databases],
  );
  if (prepared.length > 0) {
    block(
      `Prepared transactions hold the databases: ${shownList(prepared.map((row) => String(row.gid)))}.`,
      'Commit or roll them back; a database with one cannot be renamed.',
    );
  }
  return { blockers, warnings: [] };
}

/** What stays with the old database by its number, or goes to the new one by its name. */
export async function followers(ctx: PlanContext, session: Session, database: string): Promise<string[]> {
  const found: string[] = [
    'Poolers and applications connect by the name: after the swap they reach the restored database. PgBouncer’s own connections end with the others and are made anew.',
  ];
  const say = (rows: SqlRow[], sentence: (names: string) => string) => {
    if (rows.length > 0) found.push(sentence(shownList(rows.map((row) => String(row.name)))));
  };
  say(
    await session.query(
      `select slot_name || case when active then ' (in use)' else '' end as name
       from pg_replication_slots where database = $1 order by 1`,
      [database],
    ),
    (names) =>
      `Replication slots stay with the old database and send nothing of the new one: ${names}. Their readers need a new slot and a new start.`,
  );
  say(
    await session.query(
      `select s.subname::text as name from pg_subscription s join pg_database d on d.oid = s.subdbid
       where d.datname = $1 order by 1`,
      [database],
    ),
    (names) =>
      `Subscriptions stay with the old database and go on writing into it: ${names}. The restored one takes nothing from their publishers.`,
  );
  say(
    await inside(ctx, database, 'select pubname::text as name from pg_publication order by 1'),
    (names) => `Publications of the database in use: ${names}. Their subscribers hold slots of the old one.`,
  );
  say(
    await cronJobs(ctx, session, database),
    (names) => `Jobs of pg_cron find the database by its name and will run in the restored one: ${names}.`,
  );
  say(
    await foreignServers(ctx, session, database),
    (names) => `Foreign servers reach the database by its name, from then on the restored one: ${names}.`,
  );
  return found;
}

/** Asks in a database; one that cannot be asked (damaged, connections off) says nothing. */
export async function inside(
  ctx: PlanContext,
  database: string,
  query: string,
  values: readonly unknown[] = [],
): Promise<SqlRow[]> {
  try {
    const other = await ctx.connect('operate', database);
    try {
      return await other.query(query, values, { deadlineMs: 20_000 });
    } finally {
      await other.close();
    }
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    return [];
  }
}

async function cronJobs(ctx: PlanContext, session: Session, database: string): Promise<SqlRow[]> {
  const [home] = await session.query(`select current_setting('cron.database_name', true) as name`);
  if (typeof home?.name !== 'string') return [];
  const jobs = await inside(
    ctx,
    home.name,
    'select jobid::text as name, database::text as database from cron.job order by jobid',
  );
  return jobs.filter((job) => job.database === database);
}

/** More databases than this are not walked for foreign servers. */
const mostWalked = 20;

async function foreignServers(ctx: PlanContext, session: Session, database: string): Promise<SqlRow[]> {
  const rows = await session.query(
    `select datname::text as name from pg_database where datallowconn and not datistemplate order by 1 limit ${mostWalked}`,
  );
  const found: SqlRow[] = [];
  for (const { name } of rows) {
    const servers = await inside(
      ctx,
      String(name),
      `select srvname::text as name from pg_foreign_server
       where srvoptions @> array['dbname=' || $1::text] order by 1`,
      [database],
    );
    for (const server of servers) found.push({ name: `${server.name} in ${name}` });
  }
  return found;
}
