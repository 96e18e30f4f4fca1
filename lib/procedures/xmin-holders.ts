import type { Session } from '@/lib/engine/define-job';

/**
 * Who keeps vacuum from removing dead rows, oldest first: sessions, what standbys ask for, replication slots (their
 * xmin, and for logical ones that of the catalogue), prepared transactions. A vacuum itself holds nothing back
 * (manual: Routine Vacuuming, hot_standby_feedback, pg_replication_slots). Without statements: those hold literals.
 * Sessions count from a length of their transaction on: every statement holds the horizon for a moment.
 */
export const xminHoldersSql = (sessionsFrom: '0 s' | '1 s') => `
      with holders as (
        select
          case when backend_type = 'walsender' then 'standby feedback' else 'session' end as kind,
          'process ' || pid as holder,
          case when backend_type <> 'walsender' then pid::text end as pid,
          case when backend_type <> 'walsender' then backend_start::text end as backend_start,
          datname::text as database,
          greatest(age(backend_xmin), age(backend_xid)) as xmin_age,
          case when backend_type <> 'walsender' then extract(epoch from clock_timestamp() - xact_start) end as held_seconds,
          concat_ws(
            ', ',
            coalesce(usename::text, backend_type),
            nullif(application_name, ''),
            host(client_addr),
            state
          ) as what
        from pg_stat_activity as activity
        where pid <> pg_backend_pid()
          and (backend_xmin is not null or backend_xid is not null)
          and (backend_type = 'walsender' or xact_start <= clock_timestamp() - interval '${sessionsFrom}')
          and not exists (select from pg_stat_progress_vacuum as vacuum where vacuum.pid = activity.pid)
        union all
        select
          'replication slot',
          slot_name::text,
          null,
          null,
          database::text,
          age(xmin),
          null,
          concat_ws(', ', slot_type, case when active then 'in use' else 'not in use' end)
        from pg_replication_slots
        where xmin is not null
        union all
        select
          'catalog slot',
          slot_name::text,
          null,
          null,
          database::text,
          age(catalog_xmin),
          null,
          concat_ws(', ', plugin::text, case when active then 'in use' else 'not in use' end)
        from pg_replication_slots
        where catalog_xmin is not null
        union all
        select
          'prepared transaction',
          gid,
          null,
          null,
          database::text,
          age(transaction),
          extract(epoch from clock_timestamp() - prepared),
          owner::text
        from pg_prepared_xacts
      )
      select
        kind,
        holder,
        pid,
        backend_start,
        database,
        xmin_age::float8 as xmin_age,
        held_seconds::float8 as held_seconds,
        what
      from holders
      order by xmin_age desc nulls last
      limit 100`;

export interface XminHolder {
  kind: string;
  holder: string;
  database: string | null;
  xminAge: number;
  heldSeconds: number | null;
  what: string;
}

/**
 * Those of the holders that matter to a vacuum in one database: of others', only what the whole server minds (slots,
 * standbys), since a session holds back its own database alone.
 */
export async function readXminHolders(session: Session, database: string): Promise<XminHolder[]> {
  const rows = await session.query(xminHoldersSql('0 s'));
  return rows
    .filter((row) => row.kind === 'standby feedback' || row.database === null || row.database === database)
    .map((row) => ({
      kind: String(row.kind),
      holder: String(row.holder),
      database: row.database === null ? null : String(row.database),
      xminAge: Number(row.xmin_age),
      heldSeconds: row.held_seconds === null ? null : Number(row.held_seconds),
      what: String(row.what ?? ''),
    }));
}
