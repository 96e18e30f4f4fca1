import { type Kysely, sql } from 'kysely';

/**
 * What changed, as far as it can be seen from outside: settings, restarts, failovers, schema, extensions, and the marks
 * that people and programs set. Each is found by comparing what a server says with what is stored here of it, so that a
 * restart of a worker neither loses a change nor tells it twice.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table changes (
      id uuid primary key,
      at timestamptz not null,
      since timestamptz,
      kind text not null check (kind in ('setting', 'restart', 'failover', 'schema', 'extension', 'mark')),
      cluster_id uuid references clusters,
      instance_id uuid references instances on delete cascade,
      database text not null default '',
      object text not null,
      sentence text not null,
      details jsonb not null default '{}',
      by_name text,
      idempotency_key text unique
    )`.execute(db);
  await sql`create index changes_at_idx on changes (at desc, id desc)`.execute(db);
  await sql`create index changes_cluster_idx on changes (cluster_id, at desc)`.execute(db);
  // The newest hour of all servers' statements is found without a look at the others.
  await sql`
    create index statement_samples_at_idx on statement_samples using brin (at) with (pages_per_range = 16)`.execute(
    db,
  );
  await sql`create index findings_crit_idx on findings (opened_at desc) where level = 'crit'`.execute(db);
  await sql`
    create table server_snapshots (
      instance_id uuid primary key references instances on delete cascade,
      content jsonb not null,
      observed_at timestamptz not null
    )`.execute(db);
  // Schemas belong to the cluster: after a failover the new primary is compared with what the old one had.
  await sql`
    create table schema_snapshots (
      cluster_id uuid not null references clusters,
      database text not null,
      database_oid text not null,
      timeline integer not null,
      extensions jsonb not null default '{}',
      observed_at timestamptz not null,
      primary key (cluster_id, database)
    )`.execute(db);
  await sql`
    create table schema_relations (
      cluster_id uuid not null,
      database text not null,
      oid text not null,
      schema text not null,
      name text not null,
      kind text not null,
      hash text not null,
      definition jsonb not null,
      primary key (cluster_id, database, oid),
      foreign key (cluster_id, database) references schema_snapshots on delete cascade
    )`.execute(db);
  await sql`
    create table finding_mutes (
      id uuid primary key,
      check_id text not null,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances on delete cascade,
      database text not null default '',
      key text not null,
      object text not null,
      reason text not null,
      muted_at timestamptz not null default now(),
      muted_by uuid,
      muted_by_name text not null,
      until timestamptz not null check (until <= muted_at + interval '90 days' + interval '1 minute'),
      ended_at timestamptz,
      ended_by_name text
    )`.execute(db);
  // One mute per object at a time; one that has run out is ended by the next one of the same object.
  await sql`
    create unique index finding_mutes_key on finding_mutes
      (cluster_id, check_id, coalesce(instance_id::text, ''), database, key)
    where ended_at is null`.execute(db);
  await sql`grant select on changes, finding_mutes to plumbline_web, plumbline_worker`.execute(db);
  await sql`grant select on server_snapshots, schema_snapshots, schema_relations to plumbline_worker`.execute(
    db,
  );
  await sql`grant insert, delete on changes to plumbline_worker`.execute(db);
  await sql`
    grant insert, update, delete on server_snapshots, schema_snapshots, schema_relations
    to plumbline_worker`.execute(db);
  await sql`grant insert on changes to plumbline_web`.execute(db);
  await sql`grant insert, update (ended_at, ended_by_name) on finding_mutes to plumbline_web`.execute(db);
  // The web may set a mark; what was seen of a server it cannot make up.
  await sql`alter table changes enable row level security`.execute(db);
  await sql`create policy changes_seen on changes for select using (true)`.execute(db);
  await sql`create policy changes_worker on changes for all to plumbline_worker using (true)`.execute(db);
  await sql`
    create policy changes_mark on changes for insert to plumbline_web
    with check (kind = 'mark')`.execute(db);
}
