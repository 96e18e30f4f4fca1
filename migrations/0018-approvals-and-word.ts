import { type Kysely, sql } from 'kysely';

/**
 * The word of a second person on a plan, and word of it to people outside: channels, what they are told of, and each
 * attempt to tell them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Each is bound to one plan's hash; an approval is spent by one run.
  await sql`
    create table plan_approvals (
      id uuid primary key,
      plan_id uuid not null references plan_requests on delete cascade,
      plan_hash text not null,
      kind text not null check (kind in ('request', 'approval', 'refusal', 'break-glass')),
      by_id uuid,
      by_name text not null,
      reason text not null default '',
      at timestamptz not null default clock_timestamp(),
      expires_at timestamptz not null,
      run_id uuid references runs,
      void_at timestamptz,
      void_why text,
      reviewed_at timestamptz,
      reviewed_by uuid,
      reviewed_by_name text,
      review_note text
    )`.execute(db);
  await sql`create index plan_approvals_plan_idx on plan_approvals (plan_id, at)`.execute(db);
  await sql`create unique index plan_approvals_run_idx on plan_approvals (run_id) where run_id is not null`.execute(
    db,
  );
  await sql`create index plan_approvals_glass_idx on plan_approvals (at) where kind = 'break-glass'`.execute(
    db,
  );
  await sql`
    create table channels (
      id uuid primary key,
      name text not null,
      type text not null check (type in ('email', 'webhook')),
      settings jsonb not null,
      rules jsonb not null,
      console_url text not null,
      enabled boolean not null default true,
      created_by_name text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`create unique index channels_name_key on channels (lower(name)) where removed_at is null`.execute(
    db,
  );
  // What somebody must hear of, from when to when. One that is open has its key alone.
  await sql`
    create table alerts (
      id uuid primary key,
      key text not null,
      subject text not null,
      level text not null check (level in ('warn', 'crit')),
      cluster_id uuid references clusters,
      title text not null,
      sentence text not null,
      next text,
      path text not null,
      opened_at timestamptz not null default clock_timestamp(),
      raised_at timestamptz not null default clock_timestamp(),
      closed_at timestamptz
    )`.execute(db);
  await sql`create unique index alerts_open_key on alerts (key) where closed_at is null`.execute(db);
  await sql`create index alerts_opened_idx on alerts (opened_at)`.execute(db);
  await sql`create index alerts_closed_idx on alerts (closed_at) where closed_at is not null`.execute(db);
  // One message to one channel: the same id at each attempt, so that who gets it twice can tell.
  await sql`
    create table deliveries (
      id uuid primary key,
      channel_id uuid not null references channels,
      kind text not null check (kind in ('alerts', 'test')),
      message jsonb not null,
      state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed')),
      attempts integer not null default 0,
      next_at timestamptz not null default clock_timestamp(),
      lease_until timestamptz,
      last_error text,
      requested_by_name text,
      created_at timestamptz not null default clock_timestamp(),
      sent_at timestamptz,
      gave_up_at timestamptz
    )`.execute(db);
  await sql`create index deliveries_channel_idx on deliveries (channel_id, created_at)`.execute(db);
  await sql`create index deliveries_due_idx on deliveries (next_at) where state in ('waiting', 'sending')`.execute(
    db,
  );
  // Which channel was told what of an alert: at most once each.
  await sql`
    create table alert_tellings (
      alert_id uuid not null references alerts,
      channel_id uuid not null references channels,
      phase text not null check (phase in ('opened', 'raised', 'resolved')),
      delivery_id uuid not null references deliveries,
      primary key (alert_id, channel_id, phase)
    )`.execute(db);
  await sql`grant select on plan_approvals, channels, alerts, deliveries, alert_tellings to plumbline_web`.execute(
    db,
  );
  await sql`grant insert on plan_approvals, channels, deliveries to plumbline_web`.execute(db);
  await sql`
    grant update (run_id, reviewed_at, reviewed_by, reviewed_by_name, review_note)
      on plan_approvals to plumbline_web`.execute(db);
  await sql`
    grant update (name, settings, rules, console_url, enabled, updated_at, removed_at) on channels
      to plumbline_web`.execute(db);
  // A person sends again what was given up; whether it went is the workers' word.
  await sql`grant update (state, next_at, gave_up_at) on deliveries to plumbline_web`.execute(db);
  await sql`grant select, update (void_at, void_why) on plan_approvals to plumbline_worker`.execute(db);
  await sql`grant select on channels to plumbline_worker`.execute(db);
  await sql`grant select, insert, update on alerts, deliveries, alert_tellings to plumbline_worker`.execute(
    db,
  );
}
