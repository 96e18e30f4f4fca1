import { type Kysely, sql } from 'kysely';

/** Plans, runs with their steps, events and log, locks, the outbox, backups, evidence, schedules. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // What a person asks for; a worker answers with the plan of the same id. Web may write the first, not the second.
  await sql`
    create table plan_requests (
      id uuid primary key,
      kind text not null,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances,
      input jsonb not null,
      undo_of uuid,
      schedule_id uuid,
      requested_by uuid,
      requested_by_name text not null,
      requested_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index plan_requests_at_idx on plan_requests (requested_at desc)`.execute(db);
  await sql`
    create table plans (
      id uuid primary key references plan_requests,
      kind text not null,
      definition_version integer not null,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances,
      state text not null check (state in ('planning', 'ready', 'failed')),
      worker_id uuid,
      worker_name text,
      pool text not null default 'default',
      system_identifier text,
      timeline integer,
      document jsonb,
      hash text,
      error jsonb,
      created_at timestamptz not null default now(),
      planned_at timestamptz
    )`.execute(db);
  await sql`
    create table runs (
      id uuid primary key,
      plan_id uuid not null references plans,
      plan_hash text not null,
      kind text not null,
      definition_version integer not null,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances,
      pool text not null default 'default',
      worker_name text,
      state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'needs-decision')),
      idempotency_key text not null unique,
      lock_keys text[] not null default '{}',
      waiting_for text,
      epoch integer not null default 0,
      owner uuid,
      lease_until timestamptz,
      cancel_requested_at timestamptz,
      cancel_requested_by text,
      decision text check (decision in ('repeat', 'done', 'stop')),
      undo_of uuid references runs,
      schedule_id uuid,
      requested_by uuid,
      requested_by_name text not null,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      progress jsonb,
      error jsonb
    )`.execute(db);
  await sql`create index runs_open_idx on runs (state, created_at) where state in ('queued', 'running', 'needs-decision')`.execute(
    db,
  );
  await sql`create index runs_cluster_idx on runs (cluster_id, created_at desc)`.execute(db);
  await sql`create index runs_kind_idx on runs (kind, created_at desc)`.execute(db);
  await sql`create table run_locks (key text primary key, run_id uuid not null references runs, taken_at timestamptz not null default now())`.execute(
    db,
  );
  await sql`create index run_locks_run_idx on run_locks (run_id)`.execute(db);
  await sql`
    create table run_steps (
      run_id uuid not null references runs,
      ordinal integer not null,
      name text not null,
      state text not null check (state in ('started', 'done', 'failed', 'undecided')),
      epoch integer not null,
      started_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz,
      output jsonb,
      error jsonb,
      primary key (run_id, ordinal)
    )`.execute(db);
  // Appended, never changed: what happened to the run and by which epoch.
  await sql`
    create table run_events (
      id bigint generated always as identity primary key,
      run_id uuid not null references runs,
      at timestamptz not null default clock_timestamp(),
      epoch integer not null,
      event text not null,
      data jsonb not null default '{}'
    )`.execute(db);
  await sql`create index run_events_run_idx on run_events (run_id, id)`.execute(db);
  await sql`
    create table run_log (
      run_id uuid not null references runs,
      seq integer not null,
      at timestamptz not null default clock_timestamp(),
      epoch integer not null,
      step text,
      level text not null check (level in ('info', 'warn', 'error')),
      text text not null,
      primary key (run_id, seq)
    )`.execute(db);
  await sql`
    create table outbox (
      id bigint generated always as identity primary key,
      topic text not null check (topic in ('plan', 'run', 'collect', 'test')),
      subject_id uuid not null,
      pool text not null default 'default',
      created_at timestamptz not null default now(),
      relayed_at timestamptz
    )`.execute(db);
  await sql`create index outbox_waiting_idx on outbox (id) where relayed_at is null`.execute(db);
  await sql`
    create table backups (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances,
      run_id uuid references runs,
      type text not null check (type in ('logical', 'physical')),
      database text,
      path text not null,
      worker_name text not null,
      bytes bigint not null,
      server_version_num integer not null,
      state text not null default 'ready' check (state in ('ready', 'expired', 'missing')),
      facts jsonb not null default '{}',
      started_at timestamptz not null,
      finished_at timestamptz not null
    )`.execute(db);
  await sql`create index backups_cluster_idx on backups (cluster_id, finished_at desc)`.execute(db);
  await sql`
    create table evidence (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances,
      run_id uuid not null references runs,
      backup_id uuid references backups,
      type text not null,
      verdict text not null check (verdict in ('pass', 'partial', 'fail', 'info')),
      title text not null,
      database text,
      phase text check (phase in ('before', 'after')),
      facts jsonb not null default '{}',
      observed_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`create index evidence_cluster_idx on evidence (cluster_id, type, observed_at desc)`.execute(db);
  await sql`create index evidence_run_idx on evidence (run_id)`.execute(db);
  await sql`create index evidence_backup_idx on evidence (backup_id)`.execute(db);
  await sql`
    create table schedules (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      kind text not null,
      definition_version integer not null,
      input jsonb not null,
      cron text not null,
      zone text not null,
      missed text not null default 'run-once' check (missed in ('run-once', 'skip')),
      enabled boolean not null default true,
      next_fire_at timestamptz,
      created_by uuid,
      created_by_name text not null,
      created_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`create index schedules_due_idx on schedules (next_fire_at) where enabled and removed_at is null`.execute(
    db,
  );
  await sql`
    create table schedule_firings (
      schedule_id uuid not null references schedules,
      fire_time timestamptz not null,
      fired_at timestamptz not null default now(),
      plan_id uuid,
      run_id uuid references runs,
      outcome text not null default 'planning' check (outcome in ('planning', 'started', 'blocked', 'failed', 'skipped')),
      reason text,
      primary key (schedule_id, fire_time)
    )`.execute(db);
  await sql`
    create table criterion_results (
      id bigint generated always as identity primary key,
      criterion_id text not null,
      cluster_id uuid not null references clusters,
      definition_version integer not null,
      state text not null check (state in ('pass', 'fail', 'unknown', 'not-applicable')),
      value double precision,
      sentence text not null,
      links jsonb not null default '[]',
      observed_at timestamptz,
      expires_at timestamptz,
      evaluated_at timestamptz not null default now(),
      last_confirmed_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index criterion_results_latest_idx on criterion_results (cluster_id, criterion_id, id desc)`.execute(
    db,
  );
}
