import { Migrator, sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import { openStore } from '@/lib/store/db';
import { migrations } from '@/migrations/all';

export interface RolePasswords {
  webPassword: string;
  workerPassword: string;
}

/**
 * Brings a console database up to date and sets the passwords of the two process roles.
 * Safe when several processes start at once: Kysely's migrator holds a lock.
 *
 * @returns the names of the steps that were done now.
 * @throws PlumblineError `internal` naming the step that failed; what came before it is kept.
 */
export async function migrate(ownerUrl: string, passwords?: RolePasswords): Promise<string[]> {
  const { db, close } = openStore(ownerUrl, { applicationName: 'plumbline-migrate', max: 1 });
  try {
    await sql`select pg_advisory_lock(hashtext('plumbline-roles'))`.execute(db);
    for (const role of ['plumbline_web', 'plumbline_worker'] as const) await ensureRole(db, role);
    if (passwords) {
      await setPassword(db, 'plumbline_web', passwords.webPassword);
      await setPassword(db, 'plumbline_worker', passwords.workerPassword);
    }
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error, results } = await migrator.migrateToLatest();
    const failed = results?.find((result) => result.status === 'Error');
    if (error || failed) {
      throw new PlumblineError('internal', `Migration ${failed?.migrationName ?? ''} failed.`, {
        next: 'Nothing of this step was kept. Read the log for the cause, then run the migration again.',
        cause: error,
      });
    }
    // After the steps, so that tables of the newest step and the migrator's own are readable too.
    await sql`grant select on kysely_migration to plumbline_web, plumbline_worker`.execute(db);
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await close();
  }
}

/** Makes the roles of the two processes where they are missing: rights in a dump name them. As the owner. */
export async function ensureProcessRoles(ownerUrl: string): Promise<void> {
  const { db, close } = openStore(ownerUrl, { applicationName: 'plumbline-migrate', max: 1 });
  try {
    for (const role of ['plumbline_web', 'plumbline_worker'] as const) await ensureRole(db, role);
  } finally {
    await close();
  }
}

type Db = ReturnType<typeof openStore>['db'];

async function ensureRole(db: Db, role: string): Promise<void> {
  const { rows } = await sql`select 1 from pg_roles where rolname = ${role}`.execute(db);
  if (rows.length > 0) return;
  await sql`create role ${sql.id(role)} login`.execute(db);
  // alter table … owner to needs membership (manual: ALTER TABLE); create database needs none of it.
  await sql`grant ${sql.id(role)} to current_user`.execute(db);
}

async function setPassword(db: Db, role: string, password: string): Promise<void> {
  await sql`alter role ${sql.id(role)} password ${sql.lit(password)}`.execute(db);
}
