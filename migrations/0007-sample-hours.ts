import { type Kysely, sql } from 'kysely';

/** The five-minute sums summed once more, by hour: a month of one series is 720 rows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sample_hours (
      series_id bigint not null,
      at timestamptz not null,
      seconds real,
      sums double precision[] not null,
      counts integer[] not null,
      maxima double precision[] not null,
      primary key (series_id, at)
    ) partition by range (at)`.execute(db);
  await sql`alter table sample_hours owner to plumbline_worker`.execute(db);
  await sql`grant select on sample_hours to plumbline_web`.execute(db);
}
