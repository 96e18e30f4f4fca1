import { type Kysely, sql } from 'kysely';

/**
 * Answers of jobs that only read: apart from runs, since they may hold people's data, and gone in minutes. Then what
 * the accounting of statements needs: more counters, sums by hour and by day, and what each reading could account for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table read_answers (
      run_id uuid primary key references runs on delete cascade,
      facts jsonb not null,
      text text,
      text_bytes bigint not null default 0,
      stored_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`.execute(db);
  await sql`grant select, insert, update, delete on read_answers to plumbline_worker`.execute(db);
  await sql`grant select on read_answers to plumbline_web`.execute(db);
  // When the input and the exact acts of a request that only reads are taken out again.
  await sql`alter table plan_requests add column forget_at timestamptz`.execute(db);
  await sql`create index plan_requests_forget_idx on plan_requests (forget_at) where forget_at is not null`.execute(
    db,
  );

  // Null is zero: most statements write nothing, and a null takes no room.
  await sql`
    alter table statement_samples
      alter column shared_read drop not null,
      alter column temp_written drop not null,
      alter column wal_bytes drop not null,
      add column shared_dirtied bigint,
      add column plan_ms double precision,
      add column io_ms double precision,
      add column min_ms real,
      add column max_ms real`.execute(db);
  for (const table of ['statement_hours', 'statement_days']) {
    await sql`
      create table ${sql.table(table)} (
        statement_id bigint not null,
        at timestamptz not null,
        seconds real not null,
        calls bigint not null,
        total_ms double precision not null,
        rows bigint not null,
        shared_hit bigint not null,
        shared_read bigint,
        shared_dirtied bigint,
        temp_written bigint,
        wal_bytes double precision,
        plan_ms double precision,
        io_ms double precision,
        min_ms real,
        max_ms real,
        lower_bound boolean not null default false,
        primary key (statement_id, at)
      ) partition by range (at)`.execute(db);
  }
  await sql`
    create table statement_readings (
      instance_id uuid not null,
      at timestamptz not null,
      seconds real not null,
      entries integer not null,
      max_entries integer,
      moved integer not null,
      accounted_ms double precision not null,
      database_ms double precision,
      active_ms double precision,
      evictions bigint,
      was_reset boolean not null default false,
      was_away boolean not null default false,
      primary key (instance_id, at)
    ) partition by range (at)`.execute(db);
  // Statements that nobody has called for a long time go, and texts that no statement has.
  await sql`grant delete on statement_texts to plumbline_worker`.execute(db);
  await sql`create index statements_text_idx on statements (text_hash)`.execute(db);
  await sql`create index statements_query_idx on statements (instance_id, queryid)`.execute(db);
  for (const table of ['statement_hours', 'statement_days', 'statement_readings']) {
    await sql`alter table ${sql.table(table)} owner to plumbline_worker`.execute(db);
    await sql`grant select on ${sql.table(table)} to plumbline_web`.execute(db);
  }
}
