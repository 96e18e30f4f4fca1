import { type Kysely, sql } from 'kysely';

/**
 * Whether people depend on a cluster is said by people, no longer guessed from what its environment is called. Clusters
 * that are there keep what was guessed of them; one that nobody has said it of counts as production.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table clusters add column is_production boolean not null default true`.execute(db);
  await sql`update clusters set is_production = btrim(environment) ~* '^(prod|live$)'`.execute(db);
}
