import { type Kysely, sql } from 'kysely';

const tuples = sql`
  counts integer[] not null,
  background boolean[] not null,
  wait integer[] not null,
  query integer[] not null,
  username integer[] not null,
  database integer[] not null,
  application integer[] not null,
  host integer[] not null`;

/**
 * What sessions did, second by second. A row of load_samples holds ten seconds of one instance: each tuple of names and
 * how often it was seen, as arrays; names are numbers of load_names. It divides by the samples that were really taken.
 * session_snapshots holds the sessions themselves every ten seconds, packed; lock_episodes who blocked whom, and since
 * when.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table load_names (
      id integer generated always as identity primary key,
      instance_id uuid not null references instances on delete cascade,
      dimension text not null,
      value text not null,
      last_at timestamptz not null default now(),
      unique (instance_id, dimension, value)
    )`.execute(db);
  await sql`
    create table load_samples (
      instance_id uuid not null,
      at timestamptz not null,
      taken smallint not null,
      missed smallint not null,
      ${tuples},
      primary key (instance_id, at)
    ) partition by range (at)`.execute(db);
  await sql`
    create table load_rollups (
      instance_id uuid not null,
      step_seconds integer not null,
      at timestamptz not null,
      taken integer not null,
      missed integer not null,
      ${tuples},
      primary key (instance_id, step_seconds, at)
    ) partition by range (at)`.execute(db);
  await sql`
    create table session_snapshots (
      instance_id uuid not null,
      at timestamptz not null,
      sessions integer not null,
      packed bytea not null,
      primary key (instance_id, at)
    ) partition by range (at)`.execute(db);
  await sql`
    create table lock_episodes (
      id uuid primary key,
      instance_id uuid not null references instances on delete cascade,
      root_key text not null,
      started_at timestamptz not null,
      last_seen_at timestamptz not null,
      ended_at timestamptz,
      victims_now integer not null,
      victims_max integer not null,
      longest_wait_seconds double precision not null,
      root jsonb not null,
      worst jsonb not null
    )`.execute(db);
  await sql`create unique index lock_episodes_open_key on lock_episodes (instance_id, root_key) where ended_at is null`.execute(
    db,
  );
  await sql`create index lock_episodes_instance_idx on lock_episodes (instance_id, started_at)`.execute(db);
  for (const table of ['load_samples', 'load_rollups', 'session_snapshots'])
    await sql`alter table ${sql.table(table)} owner to plumbline_worker`.execute(db);
  await sql`grant select, insert, update, delete on load_names, lock_episodes to plumbline_worker`.execute(
    db,
  );
  await sql`
    grant select on load_names, load_samples, load_rollups, session_snapshots, lock_episodes
    to plumbline_web`.execute(db);
}
