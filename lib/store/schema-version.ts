import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import type { Store } from '@/lib/store/db';
import { latestMigration } from '@/migrations/all';

/** What the database is at, and what this program was made for. */
export interface SchemaVersion {
  found: string | null;
  expected: string;
}

/** Reads the newest migration that the console database has; `found` is null when it has none at all. */
export async function schemaVersion(db: Store): Promise<SchemaVersion> {
  const known = await sql<{
    there: boolean;
  }>`select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (!known.rows[0]?.there) return { found: null, expected: latestMigration };
  const row = await db
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { found: row?.name ?? null, expected: latestMigration };
}

/**
 * Refuses a database of another version: a process that guesses at columns does harm.
 *
 * @throws PlumblineError `conflict` that says which side is older and what to run.
 */
export async function assertSchemaVersion(db: Store): Promise<void> {
  const { found, expected } = await schemaVersion(db);
  if (found === expected) return;
  if (found === null || found < expected) {
    throw new PlumblineError(
      'conflict',
      `The console database is at ${found ?? 'no version'}, this program needs ${expected}.`,
      {
        next: 'Run `plumbline migrate`, then start again.',
      },
    );
  }
  throw new PlumblineError(
    'conflict',
    `The console database is at ${found}, newer than this program (${expected}).`,
    {
      next: 'Install the newer version of Plumbline on this machine, then start again.',
    },
  );
}
