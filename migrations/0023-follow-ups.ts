import { type Kysely, sql } from 'kysely';

/** A run may ask for another one to follow: its plan says which run it follows, once. Workers write it, nobody else. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table plan_requests add column follows uuid references runs on delete set null`.execute(db);
  await sql`create unique index plan_requests_follows_key on plan_requests (follows) where follows is not null`.execute(
    db,
  );
  await sql`revoke insert on plan_requests from plumbline_web`.execute(db);
  await sql`
    grant insert (id, kind, cluster_id, instance_id, input, requested_by, requested_by_name, requested_at, undo_of,
      schedule_id, forget_at) on plan_requests
    to plumbline_web`.execute(db);
}
