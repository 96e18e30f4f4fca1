import { type Kysely, sql } from 'kysely';

/**
 * A server's own words about a failed check may hold values, so they stand apart from the sentence that everybody
 * reads; and whoever asks for a trial cannot write down how it went.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table check_results add column words text`.execute(db);
  await sql`revoke insert on own_check_trials from plumbline_web`.execute(db);
  await sql`
    grant insert (id, instance_id, database, definition, asked_hash, requested_by) on own_check_trials
    to plumbline_web`.execute(db);
}
