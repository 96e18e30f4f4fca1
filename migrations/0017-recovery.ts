import { type Kysely, sql } from 'kysely';

/**
 * What recovery stands on: places for backups, stanzas of pgBackRest with their repositories, what each repository's
 * WAL archive holds, and copies that stay up after the run that made them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // A place that backups are sent to: one S3 bucket with a prefix. Its keys are sealed, apart.
  await sql`
    create table storages (
      id uuid primary key,
      name text not null,
      type text not null check (type in ('s3')),
      endpoint text not null,
      region text not null,
      bucket text not null,
      prefix text not null default '',
      uri_style text not null default 'host' check (uri_style in ('host', 'path')),
      verify_tls boolean not null default true,
      tls_ca text,
      created_by_name text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`
    create table stanzas (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      instance_id uuid not null references instances,
      name text not null,
      worker_name text,
      data_directory text,
      managed boolean not null default true,
      config_path text,
      state text not null default 'draft' check (state in ('draft', 'active', 'retired')),
      facts jsonb not null default '{}',
      looked_at timestamptz,
      problem text,
      created_by_name text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create unique index stanzas_one_per_cluster on stanzas (cluster_id) where state <> 'retired'`.execute(
    db,
  );
  await sql`
    create table stanza_repositories (
      id uuid primary key,
      stanza_id uuid not null references stanzas,
      ordinal integer not null check (ordinal between 1 and 8),
      storage_id uuid references storages,
      path text not null,
      is_encrypted boolean not null default false,
      options jsonb not null default '{}',
      facts jsonb not null default '{}',
      created_at timestamptz not null default now(),
      removed_at timestamptz,
      unique (stanza_id, ordinal)
    )`.execute(db);
  // Sealed to the workers' key, bound to what it may be used for: keys of a storage, the pass of a repository.
  await sql`
    create table sealed_secrets (
      subject_kind text not null,
      subject_id uuid not null,
      name text not null,
      sealed bytea not null,
      key_id text not null,
      updated_at timestamptz not null default now(),
      primary key (subject_kind, subject_id, name)
    )`.execute(db);
  // What the WAL archive of a repository holds, per timeline, as ranges without a hole.
  await sql`
    create table wal_ranges (
      stanza_id uuid not null references stanzas,
      repository integer not null,
      archive_id text not null,
      timeline bigint not null,
      first_segment text not null,
      last_segment text not null,
      first_at timestamptz,
      last_at timestamptz,
      segments bigint not null,
      looked_at timestamptz not null,
      primary key (stanza_id, repository, archive_id, timeline, first_segment)
    )`.execute(db);
  await sql`
    alter table backups
      add column stanza_id uuid references stanzas,
      add column repository integer,
      add column label text,
      add column method text,
      add column depends_on text[] not null default '{}',
      add column timeline bigint,
      add column wal_first text,
      add column wal_last text,
      add column has_errors boolean not null default false,
      add column pinned_at timestamptz,
      add column pinned_by_name text,
      add column pin_reason text,
      add column hold_until timestamptz,
      add column gone_at timestamptz,
      add column gone_why text`.execute(db);
  await sql`alter table backups drop constraint backups_state_check`.execute(db);
  await sql`
    alter table backups add constraint backups_state_check
      check (state in ('ready', 'expired', 'missing', 'gone'))`.execute(db);
  await sql`create unique index backups_label_idx on backups (stanza_id, repository, label) where stanza_id is not null`.execute(
    db,
  );
  await sql`
    alter table clusters
      add column rto_seconds integer not null default 900 check (rto_seconds > 0),
      add column rpo_seconds integer not null default 300 check (rpo_seconds > 0)`.execute(db);
  await sql`
    create table copies (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      run_id uuid not null references runs,
      backup_id uuid references backups,
      worker_name text not null,
      directory text not null,
      major integer not null,
      target jsonb not null,
      mode text not null check (mode in ('paused', 'promoted')),
      state text not null default 'open' check (state in ('open', 'closing', 'closed', 'lost')),
      reached jsonb not null default '{}',
      facts jsonb not null default '{}',
      problem text,
      opened_at timestamptz not null default clock_timestamp(),
      expires_at timestamptz not null,
      closed_at timestamptz
    )`.execute(db);
  await sql`create index copies_open_idx on copies (worker_name) where state in ('open', 'closing')`.execute(
    db,
  );
  await sql`grant select on storages, stanzas, stanza_repositories, wal_ranges, copies to plumbline_web`.execute(
    db,
  );
  await sql`grant insert, update on storages, stanzas, stanza_repositories to plumbline_web`.execute(db);
  await sql`grant insert, update, delete on sealed_secrets to plumbline_web`.execute(db);
  await sql`grant select (subject_kind, subject_id, name, key_id, updated_at) on sealed_secrets to plumbline_web`.execute(
    db,
  );
  // A person pins, holds and asks for a copy's end; what a backup is and where it lies is the workers' word.
  await sql`
    grant update (pinned_at, pinned_by_name, pin_reason, hold_until) on backups to plumbline_web`.execute(db);
  await sql`grant update (state, expires_at) on copies to plumbline_web`.execute(db);
  await sql`
    grant select, insert, update on storages, stanzas, stanza_repositories, copies to plumbline_worker`.execute(
    db,
  );
  await sql`grant select, insert, update, delete on sealed_secrets, wal_ranges to plumbline_worker`.execute(
    db,
  );
}
