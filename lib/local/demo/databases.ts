import { grantStatements, physicalBackupGrants } from '@/lib/engine/grant-scripts';
import { advisoros } from '@/lib/local/demo/advisoros';
import { calcusign } from '@/lib/local/demo/calcusign';
import { demoUrl } from '@/lib/local/demo/servers';
import { vendhub } from '@/lib/local/demo/vendhub';
import { ensureDatabase, ensureRole, withSession } from '@/lib/local/sql';
import type { LocalState } from '@/lib/local/state';

/** Schema and rows of each demo database, by name. */
const databases: Record<string, string> = { calcusign, vendhub, advisoros };

export const demoDatabases = Object.keys(databases);

/** Owner of every object of the demo. Nobody signs in as it; the application and the operate login are members. */
const ownerRole = 'demo_owner';

/**
 * Roles by purpose, each with no more than it needs, and the three databases with their rows. What exists stays as
 * it is. Returns the names of the databases that were made now.
 */
export async function ensureDemoDatabases(state: LocalState, primaryPort: number): Promise<string[]> {
  const { secrets } = state;
  const made: string[] = [];
  await withSession(demoUrl(state, primaryPort), async (session) => {
    const owner = await session.run(`select 1 from pg_roles where rolname = '${ownerRole}'`);
    if (owner.length === 0) await session.run(`create role ${ownerRole} nologin`);
    await ensureRole(session, 'demo_application', secrets.demoApplication);
    await ensureRole(session, 'plumbline_watch', secrets.demoWatch);
    await ensureRole(session, 'plumbline_backup', secrets.demoBackup);
    await ensureRole(session, 'plumbline_operate', secrets.demoOperate);
    await session.run(`
      grant pg_monitor to plumbline_watch;
      grant pg_read_all_data to plumbline_backup;
      alter role plumbline_backup bypassrls;
      grant ${ownerRole}, pg_monitor, pg_signal_backend to plumbline_operate;
      grant ${ownerRole} to demo_application;
      create extension if not exists pg_stat_statements`);
    const [version] = await session.run(`select current_setting('server_version_num')::int as num`);
    // Functions belong to one database: pgBackRest connects to this one.
    await session.run(
      physicalBackupGrants('plumbline_backup', Math.floor(Number(version?.num) / 10_000)).join('\n'),
    );
    for (const name of demoDatabases) await ensureDatabase(session, name, ownerRole);
  });
  for (const [name, sql] of Object.entries(databases)) {
    if (await fillDatabase(demoUrl(state, primaryPort, name), sql)) made.push(name);
  }
  return made;
}

/** All statements of one query string are one transaction: a database is whole or empty. */
async function fillDatabase(url: string, sql: string): Promise<boolean> {
  return withSession(url, async (session) => {
    const tables = await session.run(`select 1 from pg_tables where tableowner = '${ownerRole}' limit 1`);
    if (tables.length > 0) return false;
    await session.run('create extension if not exists pg_stat_statements');
    // Proves advised indexes; not every machine has it.
    await session.run(`
      do $$
      begin
        if exists (select from pg_available_extensions where name = 'hypopg') then
          create extension if not exists hypopg;
        end if;
      end
      $$`);
    await session.run(`begin; set local role ${ownerRole}; ${sql}; commit`);
    await session.run('vacuum analyze');
    const helpers = grantStatements({ purpose: 'watch', user: 'plumbline_watch' });
    for (const { sql: helper, scope } of helpers) if (scope === 'database') await session.run(helper);
    return true;
  });
}
