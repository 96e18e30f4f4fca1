import { type Kysely, sql } from 'kysely';

/**
 * For the day when something is gone: dumps of this database itself, the emergency sheet of each cluster, and which
 * files a table had when, so that its name can be found in archived WAL.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Written by whoever dumps: the owner. The two processes only tell of it.
  await sql`
    create table console_dumps (
      id uuid primary key,
      state text not null check (state in ('ready', 'failed', 'removed')),
      path text not null,
      bytes bigint,
      migration text,
      key_ids text[] not null default '{}',
      problem text,
      made_on text not null,
      started_at timestamptz not null,
      finished_at timestamptz not null
    )`.execute(db);
  await sql`create index console_dumps_finished_idx on console_dumps (finished_at desc)`.execute(db);
  await sql`
    create table emergency_sheets (
      cluster_id uuid primary key references clusters,
      worker_name text not null,
      path text not null,
      text text,
      problem text,
      written_at timestamptz,
      looked_at timestamptz not null
    )`.execute(db);
  // TRUNCATE and what rewrites a table give it another file; WAL knows tables by their file alone.
  await sql`
    create table relation_files (
      cluster_id uuid not null references clusters,
      database text not null,
      database_oid text not null,
      oid text not null,
      schema text not null,
      name text not null,
      kind text not null,
      tablespace_oid text not null,
      filenode text not null,
      seen_from timestamptz not null,
      seen_until timestamptz,
      primary key (cluster_id, database_oid, oid, filenode, seen_from)
    )`.execute(db);
  await sql`create index relation_files_name_idx on relation_files (cluster_id, database, schema, name)`.execute(
    db,
  );
  await sql`grant select on console_dumps, emergency_sheets, relation_files to plumbline_web`.execute(db);
  await sql`grant select on console_dumps to plumbline_worker`.execute(db);
  await sql`grant select, insert, update, delete on emergency_sheets, relation_files to plumbline_worker`.execute(
    db,
  );
}
