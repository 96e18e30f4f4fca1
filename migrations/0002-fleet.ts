import { type Kysely, sql } from 'kysely';

/** Clusters, instances with sealed logins, workers with their keys and heartbeats. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table workers (
      id uuid primary key,
      name text not null,
      host text not null,
      pid integer not null,
      version text not null,
      pools text[] not null default '{default}',
      hosts text[] not null default '{}',
      state text not null check (state in ('running', 'draining', 'stopped')),
      started_at timestamptz not null default now(),
      heartbeat_at timestamptz not null default now(),
      facts jsonb not null default '{}'
    )`.execute(db);
  await sql`create index workers_heartbeat_idx on workers (heartbeat_at desc)`.execute(db);
  await sql`
    create table worker_keys (
      id text primary key,
      public_key bytea not null,
      created_at timestamptz not null default now(),
      retired_at timestamptz
    )`.execute(db);
  await sql`
    create table clusters (
      id uuid primary key,
      name text not null,
      environment text not null default 'production',
      system_identifier text,
      created_at timestamptz not null default now(),
      removed_at timestamptz
    )`.execute(db);
  await sql`create unique index clusters_name_key on clusters (lower(name)) where removed_at is null`.execute(
    db,
  );
  await sql`
    create table instances (
      id uuid primary key,
      cluster_id uuid not null references clusters,
      name text not null,
      host text not null,
      port integer not null check (port between 1 and 65535),
      database text not null default 'postgres',
      tls_mode text not null check (tls_mode in ('verify-full', 'verify-ca', 'require', 'disable')),
      tls_ca text,
      tls_certificate text,
      pool text not null default 'default',
      state text not null check (state in ('draft', 'active', 'paused', 'removed')),
      role text not null default 'unknown' check (role in ('primary', 'standby', 'unknown')),
      timeline integer,
      system_identifier text,
      server_version_num integer,
      facts jsonb not null default '{}',
      facts_at timestamptz,
      reachable boolean,
      last_error text,
      last_seen_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index instances_cluster_idx on instances (cluster_id)`.execute(db);
  await sql`create unique index instances_name_key on instances (cluster_id, lower(name)) where state <> 'removed'`.execute(
    db,
  );
  // The sealed text is opened by workers only; it names the row it was sealed for and is refused elsewhere.
  await sql`
    create table instance_logins (
      instance_id uuid not null references instances on delete cascade,
      purpose text not null check (purpose in ('watch', 'backup', 'operate')),
      username text not null,
      sealed bytea not null,
      key_id text not null references worker_keys,
      tested jsonb,
      tested_at timestamptz,
      updated_at timestamptz not null default now(),
      primary key (instance_id, purpose)
    )`.execute(db);
  await sql`
    create table instance_tests (
      id uuid primary key,
      instance_id uuid not null references instances on delete cascade,
      state text not null default 'requested' check (state in ('requested', 'running', 'done')),
      requested_by text not null,
      activate boolean not null default false,
      requested_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      ok boolean,
      result jsonb
    )`.execute(db);
  await sql`create index instance_tests_instance_idx on instance_tests (instance_id, requested_at desc)`.execute(
    db,
  );
  await sql`
    create table collector_leases (
      instance_id uuid primary key references instances on delete cascade,
      worker_id uuid not null,
      epoch bigint not null default 1,
      lease_until timestamptz not null
    )`.execute(db);
  await sql`
    create table settings (
      key text primary key,
      value jsonb not null,
      updated_at timestamptz not null default now()
    )`.execute(db);
}
