import { type Kysely, sql } from 'kysely';

/**
 * Samples summed over five minutes: a month of one series is then some 8,600 rows instead of 260,000. Sums and counts
 * are kept by column, so that means and ratios over any longer time stay exact; the largest value shows peaks.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sample_rollups (
      series_id bigint not null,
      at timestamptz not null,
      seconds real,
      sums double precision[] not null,
      counts integer[] not null,
      maxima double precision[] not null,
      primary key (series_id, at)
    ) partition by range (at)`.execute(db);
  await sql`alter table sample_rollups owner to plumbline_worker`.execute(db);
  await sql`grant select on sample_rollups to plumbline_web`.execute(db);
}
