import { type Kysely, sql } from 'kysely';

/**
 * Checks that people write, with every version and every trial; what a host is known by; PgBouncers beside servers.
 * A removed check keeps its name: samples and findings of it stay readable under it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table own_checks (
      name text primary key,
      version integer not null,
      definition jsonb not null,
      enabled boolean not null default false,
      updated_by_name text not null,
      updated_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`
    create table own_check_versions (
      name text not null references own_checks,
      version integer not null,
      definition jsonb not null,
      made_by_name text not null,
      made_at timestamptz not null default now(),
      primary key (name, version)
    )`.execute(db);
  await sql`
    create table own_check_trials (
      id uuid primary key,
      instance_id uuid not null references instances on delete cascade,
      database text,
      definition jsonb not null,
      asked_hash text not null,
      state text not null default 'requested' check (state in ('requested', 'running', 'done')),
      requested_by text not null,
      requested_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      ok boolean,
      result jsonb
    )`.execute(db);
  await sql`create index own_check_trials_hash_idx on own_check_trials (asked_hash) where ok`.execute(db);
  await sql`create index own_check_trials_open_idx on own_check_trials (requested_at) where state <> 'done'`.execute(
    db,
  );
  await sql`grant select, insert, update on own_checks to plumbline_web`.execute(db);
  await sql`grant select, insert on own_check_versions, own_check_trials to plumbline_web`.execute(db);
  await sql`grant select on own_checks, own_check_versions to plumbline_worker`.execute(db);
  await sql`grant select, update, delete on own_check_trials to plumbline_worker`.execute(db);
  // What people say of a server's machine: where its node_exporter is, or its size as typed in.
  await sql`
    create table instance_hosts (
      instance_id uuid primary key references instances on delete cascade,
      exporter_url text,
      typed jsonb,
      updated_at timestamptz not null default now()
    )`.execute(db);
  // The newest reading by a worker that runs on the machine itself and has proven that it does.
  await sql`
    create table host_readings (
      instance_id uuid primary key references instances on delete cascade,
      worker_name text not null,
      reading jsonb,
      refusal text,
      observed_at timestamptz not null
    )`.execute(db);
  await sql`grant select, insert, update on instance_hosts to plumbline_web`.execute(db);
  await sql`grant select on host_readings to plumbline_web`.execute(db);
  await sql`grant select on instance_hosts to plumbline_worker`.execute(db);
  await sql`grant select, insert, update on host_readings to plumbline_worker`.execute(db);
  await sql`
    create table poolers (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances on delete cascade,
      name text not null,
      host text not null,
      port integer not null check (port between 1 and 65535),
      tls_mode text not null check (tls_mode in ('verify-full', 'verify-ca', 'require', 'disable')),
      tls_ca text,
      username text not null,
      sealed bytea not null,
      key_id text not null references worker_keys,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`create unique index poolers_name_key on poolers (cluster_id, lower(name)) where removed_at is null`.execute(
    db,
  );
  // The web seals a secret and can never read it back.
  await sql`
    grant select (id, cluster_id, instance_id, name, host, port, tls_mode, tls_ca, username, key_id, created_at,
      updated_at, removed_at), insert, update on poolers
    to plumbline_web`.execute(db);
  await sql`grant select on poolers to plumbline_worker`.execute(db);
}
