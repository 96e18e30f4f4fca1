import { type Kysely, sql } from 'kysely';

/**
 * The two planes as database roles. The web reads everything but sealed secrets and writes what people ask for; it
 * can write no plan, step, evidence or sample. Workers write what they saw and did, and no people.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`grant usage on schema public to plumbline_web, plumbline_worker`.execute(db);
  await sql`grant select on all tables in schema public to plumbline_worker`.execute(db);
  await sql`revoke select on users, sessions, api_tokens, sign_in_attempts from plumbline_worker`.execute(db);
  await sql`grant select (id, role, disabled_at, name, email) on users to plumbline_worker`.execute(db);
  await sql`grant select on all tables in schema public to plumbline_web`.execute(db);
  await sql`revoke select on instance_logins from plumbline_web`.execute(db);
  await sql`
    grant select (instance_id, purpose, username, key_id, tested, tested_at, updated_at) on instance_logins
    to plumbline_web`.execute(db);
  await sql`
    grant insert, update on users, sessions, api_tokens, clusters, schedules, settings
    to plumbline_web`.execute(db);
  await sql`grant insert, delete on sign_in_attempts to plumbline_web`.execute(db);
  await sql`grant insert on audit_log, plan_requests, runs, outbox, instance_tests to plumbline_web`.execute(
    db,
  );
  await sql`grant update (cancel_requested_at, cancel_requested_by, decision) on runs to plumbline_web`.execute(
    db,
  );
  await sql`
    grant insert, update (name, host, port, database, tls_mode, tls_ca, tls_certificate, pool, state, cluster_id, updated_at)
    on instances to plumbline_web`.execute(db);
  await sql`grant insert, delete, update on instance_logins to plumbline_web`.execute(db);
  await sql`
    grant insert, update on
      workers, worker_keys, clusters, instances, instance_tests, collector_leases, settings,
      check_results, series, findings, statement_texts, statements,
      plan_requests, plans, runs, run_steps, run_events, run_log, outbox, backups, evidence,
      schedules, schedule_firings, criterion_results
    to plumbline_worker`.execute(db);
  await sql`grant update (tested, tested_at) on instance_logins to plumbline_worker`.execute(db);
  await sql`grant insert on audit_log to plumbline_worker`.execute(db);
  await sql`grant delete on run_locks, outbox, collector_leases, check_results, series, statements, workers to plumbline_worker`.execute(
    db,
  );
  await sql`grant insert on run_locks to plumbline_worker`.execute(db);
  // Days of samples are made and dropped by their writer: the tables belong to it. Its new owner needs `create` first.
  await sql`grant create on schema public to plumbline_worker`.execute(db);
  await sql`alter table samples owner to plumbline_worker`.execute(db);
  await sql`alter table statement_samples owner to plumbline_worker`.execute(db);
  await sql`grant select on samples, statement_samples to plumbline_web`.execute(db);
}
