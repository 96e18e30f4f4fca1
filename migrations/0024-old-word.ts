import { type Kysely, sql } from 'kysely';

/**
 * Word of what was wrong is kept as long as findings are: 400 days after it was over. What is open, what waits to be sent
 * and what tells of either stays. Nobody may delete any of it but by this function.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function forget_old_word(batch integer) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      removed bigint := 0;
      part bigint;
      old uuid[];
    begin
      select array_agg(o.id) into old
      from (select id from public.alerts where closed_at < now() - interval '400 days' limit batch) as o;
      delete from public.alert_tellings t where t.alert_id = any (old);
      delete from public.alerts a where a.id = any (old);
      get diagnostics part = row_count;
      removed := removed + part;

      delete from public.deliveries d
      where d.id in (
        select o.id
        from public.deliveries o
        where o.created_at < now() - interval '400 days'
          and o.state in ('sent', 'failed')
          and not exists (select from public.alert_tellings t where t.delivery_id = o.id)
        limit batch);
      get diagnostics part = row_count;
      return removed + part;
    end $body$`.execute(db);
  await sql`create index alert_tellings_delivery_idx on alert_tellings (delivery_id)`.execute(db);
  await sql`create index deliveries_created_idx on deliveries (created_at)`.execute(db);
  await sql`revoke execute on function forget_old_word(integer) from public`.execute(db);
  await sql`grant execute on function forget_old_word(integer) to plumbline_worker`.execute(db);
}
