import { type Kysely, sql } from 'kysely';

/**
 * What old history is removed, and nothing newer: a function of the owner's with the ages inside, so that workers need
 * no right to delete what happened. Runs, steps, events, evidence, backups and the audit log stay.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function forget_old_history(batch integer) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      removed bigint := 0;
      part bigint;
    begin
      delete from public.run_log l
      where (l.run_id, l.seq) in (
        select o.run_id, o.seq
        from public.run_log o
          join public.runs r on r.id = o.run_id
        where r.finished_at < now() - interval '400 days'
        limit batch);
      get diagnostics part = row_count;
      removed := removed + part;

      delete from public.findings f
      where f.id in (
        select o.id from public.findings o where o.closed_at < now() - interval '400 days' limit batch);
      get diagnostics part = row_count;
      removed := removed + part;

      delete from public.instance_tests t
      where t.id in (
        select o.id
        from public.instance_tests o
        where o.finished_at < now() - interval '90 days'
          and exists (
            select from public.instance_tests n where n.instance_id = o.instance_id and n.id > o.id)
        limit batch);
      get diagnostics part = row_count;
      removed := removed + part;

      with dropped as (
        delete from public.plans p
        where p.id in (
          select o.id
          from public.plans o
          where o.created_at < now() - interval '90 days'
            and not exists (select from public.runs r where r.plan_id = o.id)
            and not exists (select from public.schedule_firings s where s.plan_id = o.id)
          limit batch)
        returning p.id)
      select count(*) into part from dropped;
      removed := removed + part;

      delete from public.plan_requests q
      where q.id in (
        select o.id
        from public.plan_requests o
        where o.requested_at < now() - interval '90 days'
          and not exists (select from public.plans p where p.id = o.id)
        limit batch);
      get diagnostics part = row_count;
      return removed + part;
    end
    $body$`.execute(db);
  await sql`revoke execute on function forget_old_history(integer) from public`.execute(db);
  await sql`grant execute on function forget_old_history(integer) to plumbline_worker`.execute(db);
}
