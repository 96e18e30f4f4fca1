import { type Kysely, sql } from 'kysely';

/** People, their sessions and tokens, throttling, and the audit of what they did. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table users (
      id uuid primary key,
      email text not null,
      name text not null,
      role text not null check (role in ('viewer', 'operator', 'dba')),
      password_hash text not null,
      must_change_password boolean not null default false,
      disabled_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create unique index users_email_key on users (lower(email))`.execute(db);
  await sql`
    create table sessions (
      id uuid primary key,
      user_id uuid not null references users,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      expires_at timestamptz not null,
      revoked_at timestamptz,
      user_agent text not null default ''
    )`.execute(db);
  await sql`create index sessions_user_idx on sessions (user_id)`.execute(db);
  await sql`
    create table api_tokens (
      id uuid primary key,
      user_id uuid not null references users,
      name text not null,
      hash bytea not null unique,
      role text not null check (role in ('viewer', 'operator', 'dba')),
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz
    )`.execute(db);
  await sql`create index api_tokens_user_idx on api_tokens (user_id)`.execute(db);
  await sql`
    create table sign_in_attempts (
      id bigint generated always as identity primary key,
      account_key text not null,
      address_key text not null,
      ok boolean not null,
      at timestamptz not null default now()
    )`.execute(db);
  await sql`create index sign_in_attempts_account_idx on sign_in_attempts (account_key, at)`.execute(db);
  await sql`create index sign_in_attempts_address_idx on sign_in_attempts (address_key, at)`.execute(db);
  await sql`
    create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null default clock_timestamp(),
      actor_kind text not null check (actor_kind in ('user', 'token', 'schedule', 'worker', 'start')),
      actor_id uuid,
      actor_name text not null,
      action text not null,
      subject_kind text not null,
      subject_id text,
      subject_name text,
      details jsonb not null default '{}',
      request_id text
    )`.execute(db);
  await sql`create index audit_log_at_idx on audit_log (at desc)`.execute(db);
  await sql`create index audit_log_subject_idx on audit_log (subject_kind, subject_id)`.execute(db);
}
