import { type Kysely, sql } from 'kysely';

/**
 * How long backups are kept, and where they go: the policy of a cluster, keys that dumps are encrypted with, uploads
 * with the parts that have arrived, and what people ask workers to try of a storage.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create unique index storages_name_idx on storages (lower(name)) where removed_at is null`.execute(
    db,
  );
  await sql`
    create table retention_policies (
      cluster_id uuid primary key references clusters,
      policy jsonb not null,
      updated_by_name text not null,
      updated_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  // The key itself is a sealed secret of this row.
  await sql`
    create table dump_keys (
      id uuid primary key,
      key_id text not null unique,
      created_by_name text not null,
      created_at timestamptz not null default clock_timestamp(),
      retired_at timestamptz,
      escrow_proven_at timestamptz,
      escrow_proven_by text,
      escrow_proof jsonb
    )`.execute(db);
  await sql`create unique index dump_keys_one_active on dump_keys ((true)) where retired_at is null`.execute(
    db,
  );
  await sql`
    create table backup_uploads (
      id uuid primary key,
      backup_id uuid not null references backups,
      storage_id uuid not null references storages,
      run_id uuid not null references runs,
      key_id text not null references dump_keys (key_id),
      object_key text not null,
      state text not null default 'uploading' check (state in ('uploading', 'ready', 'removed')),
      layout jsonb not null,
      multipart_id text,
      parts jsonb not null default '[]',
      object_bytes bigint,
      started_at timestamptz not null default clock_timestamp(),
      updated_at timestamptz not null default clock_timestamp(),
      verified_at timestamptz,
      removed_at timestamptz
    )`.execute(db);
  await sql`
    create unique index backup_uploads_one on backup_uploads (backup_id, storage_id)
      where state <> 'removed'`.execute(db);
  // The typed copy of a key is sealed to the workers and gone as soon as one has tried it.
  await sql`
    create table storage_tests (
      id uuid primary key,
      storage_id uuid references storages,
      dump_key_id uuid references dump_keys,
      sealed bytea,
      sealed_key_id text,
      state text not null default 'requested' check (state in ('requested', 'running', 'done')),
      requested_by text not null,
      requested_at timestamptz not null default clock_timestamp(),
      started_at timestamptz,
      finished_at timestamptz,
      ok boolean,
      result jsonb,
      check ((storage_id is null) <> (dump_key_id is null))
    )`.execute(db);
  await sql`create index storage_tests_waiting_idx on storage_tests (requested_at) where state <> 'done'`.execute(
    db,
  );
  await sql`grant select, insert, update on retention_policies to plumbline_web`.execute(db);
  await sql`grant select on dump_keys, backup_uploads to plumbline_web`.execute(db);
  await sql`grant insert (id, key_id, created_by_name), update (retired_at) on dump_keys to plumbline_web`.execute(
    db,
  );
  await sql`
    grant insert (id, storage_id, dump_key_id, sealed, sealed_key_id, requested_by)
      on storage_tests to plumbline_web`.execute(db);
  await sql`
    grant select (id, storage_id, dump_key_id, state, requested_by, requested_at, started_at, finished_at, ok, result)
      on storage_tests to plumbline_web`.execute(db);
  await sql`grant select on retention_policies to plumbline_worker`.execute(db);
  await sql`grant select, update on dump_keys to plumbline_worker`.execute(db);
  await sql`grant select, insert, update on backup_uploads to plumbline_worker`.execute(db);
  await sql`grant select, update, delete on storage_tests to plumbline_worker`.execute(db);
}
