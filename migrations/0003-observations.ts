import { type Kysely, sql } from 'kysely';

/**
 * What checks saw. A series is one key tuple of one check on one instance; a sample row holds all its columns, so
 * that ratios are of the same moment. Counters are stored as deltas with the seconds they were measured over.
 * Samples are partitioned by UTC day; their writer makes partitions ahead and retention drops them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table check_results (
      check_id text not null,
      instance_id uuid not null references instances on delete cascade,
      database text not null default '',
      state text not null check (state in ('ok', 'unknown', 'timeout', 'error')),
      reason text,
      mend text,
      rows jsonb not null default '[]',
      observed_at timestamptz not null,
      duration_ms double precision not null default 0,
      primary key (check_id, instance_id, database)
    )`.execute(db);
  await sql`create index check_results_instance_idx on check_results (instance_id)`.execute(db);
  await sql`
    create table series (
      id bigint generated always as identity primary key,
      check_id text not null,
      cluster_id uuid not null references clusters,
      instance_id uuid not null references instances on delete cascade,
      database text not null default '',
      key jsonb not null default '{}',
      columns text[] not null,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now()
    )`.execute(db);
  await sql`create unique index series_key on series (instance_id, check_id, database, key, columns)`.execute(
    db,
  );
  await sql`create index series_cluster_idx on series (cluster_id, check_id)`.execute(db);
  await sql`
    create table samples (
      series_id bigint not null,
      at timestamptz not null,
      seconds real,
      "values" double precision[] not null,
      primary key (series_id, at)
    ) partition by range (at)`.execute(db);
  await sql`
    create table findings (
      id uuid primary key,
      check_id text not null,
      cluster_id uuid not null references clusters,
      instance_id uuid references instances on delete cascade,
      database text not null default '',
      key text not null,
      object text not null,
      judged text not null,
      level text not null check (level in ('warn', 'crit', 'unknown')),
      sentence text not null,
      mend text,
      "row" jsonb not null default '{}',
      opened_at timestamptz not null,
      changed_at timestamptz not null,
      last_seen_at timestamptz not null,
      closed_at timestamptz
    )`.execute(db);
  await sql`
    create unique index findings_open_key on findings (check_id, instance_id, database, key, judged)
    where closed_at is null`.execute(db);
  await sql`create index findings_cluster_idx on findings (cluster_id, closed_at)`.execute(db);
  await sql`
    create table statement_texts (
      hash bytea primary key,
      text text not null,
      first_seen_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table statements (
      id bigint generated always as identity primary key,
      instance_id uuid not null references instances on delete cascade,
      database text not null,
      username text not null,
      queryid text not null,
      toplevel boolean not null,
      text_hash bytea references statement_texts,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now(),
      unique (instance_id, database, username, queryid, toplevel)
    )`.execute(db);
  await sql`
    create table statement_samples (
      statement_id bigint not null,
      at timestamptz not null,
      seconds real not null,
      calls bigint not null,
      total_ms double precision not null,
      rows bigint not null,
      shared_hit bigint not null,
      shared_read bigint not null,
      temp_written bigint not null,
      wal_bytes double precision not null,
      lower_bound boolean not null default false,
      primary key (statement_id, at)
    ) partition by range (at)`.execute(db);
}
