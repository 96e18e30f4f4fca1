import { type Kysely, sql } from 'kysely';

/**
 * What is known of each standby at its last tick, whether it may be read from, and where each primary's WAL stood when
 * its own collector looked: for standbys whose worker cannot reach the primary.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table standby_states (
      instance_id uuid primary key references instances on delete cascade,
      primary_id uuid references instances on delete set null,
      upstream_id uuid references instances on delete set null,
      sender_pid integer,
      observed_at timestamptz not null,
      facts jsonb not null,
      samples jsonb not null
    )`.execute(db);
  await sql`
    create table read_verdicts (
      instance_id uuid not null references instances on delete cascade,
      class text not null check (class in ('read', 'analytics', 'background')),
      ready boolean not null,
      reason text,
      since timestamptz not null,
      became_ready integer not null default 0,
      became_unready integer not null default 0,
      primary key (instance_id, class)
    )`.execute(db);
  await sql`
    create table wal_positions (
      instance_id uuid primary key references instances on delete cascade,
      observed_at timestamptz not null,
      position double precision not null,
      facts jsonb not null
    )`.execute(db);
  await sql`grant select on standby_states, read_verdicts, wal_positions to plumbline_web`.execute(db);
  await sql`
    grant select, insert, update, delete on standby_states, read_verdicts, wal_positions
    to plumbline_worker`.execute(db);
}
