import { type Kysely, sql } from 'kysely';

/**
 * Copies of passes and keys as people typed them from where they are kept: sealed to the workers, for one plan and the one run
 * that is started from it, and gone with its end or after half an hour. The row stays and says what became of it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table typed_copies (
      id uuid primary key,
      plan_id uuid not null references plan_requests on delete cascade,
      repository_id uuid references stanza_repositories,
      dump_key_id uuid references dump_keys,
      sealed bytea,
      sealed_key_id text not null,
      typed_by_name text not null,
      typed_at timestamptz not null default clock_timestamp(),
      expires_at timestamptz not null default clock_timestamp() + interval '30 minutes',
      run_id uuid references runs,
      gone_at timestamptz,
      gone_why text,
      check ((repository_id is null) <> (dump_key_id is null)),
      check ((sealed is null) = (gone_at is not null))
    )`.execute(db);
  await sql`create index typed_copies_kept_idx on typed_copies (expires_at) where gone_at is null`.execute(
    db,
  );
  await sql`create index typed_copies_run_idx on typed_copies (run_id) where gone_at is null`.execute(db);
  await sql`create index typed_copies_plan_idx on typed_copies (plan_id)`.execute(db);
  // Web seals and says which run may use it; how long it holds and when it goes is not its word.
  await sql`
    grant insert (id, plan_id, repository_id, dump_key_id, sealed, sealed_key_id, typed_by_name),
      select (id, plan_id, repository_id, dump_key_id, typed_by_name, typed_at, expires_at, run_id, gone_at, gone_why),
      update (run_id)
      on typed_copies to plumbline_web`.execute(db);
  await sql`grant select, update, delete on typed_copies to plumbline_worker`.execute(db);
}
