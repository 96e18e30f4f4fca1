/** Where tablespaces lie. */
export const tablespacesSql = `
  select oid::text as oid, spcname::text as name, pg_catalog.pg_tablespace_location(oid) as location
  from pg_catalog.pg_tablespace
  where spcname not in ('pg_default', 'pg_global')`;

/** What the server itself knows to have written: databases and WAL, in bytes. */
export const writtenSql = `
  select
    (select sum(pg_catalog.pg_database_size(oid)) from pg_catalog.pg_database)::float8
      + (select coalesce(sum(size), 0) from pg_catalog.pg_ls_waldir())::float8 as used`;
