const utc = (moment: string) => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Start, load of the configuration, version, databases and what is set for roles and databases: one row. */
export const serverSql = `
  select
    ${utc('pg_catalog.clock_timestamp()')} as now,
    ${utc('pg_catalog.pg_postmaster_start_time()')} as started,
    ${utc('pg_catalog.pg_conf_load_time()')} as loaded,
    pg_catalog.current_setting('server_version') as version,
    (
      select coalesce(pg_catalog.json_object_agg(datname, oid::text order by datname), '{}')
      from pg_catalog.pg_database
      where datname not in ('template0', 'template1')
    )::text as databases,
    (
      select coalesce(
        pg_catalog.json_agg(pg_catalog.json_build_array(datname, rolname, setconfig) order by datname, rolname), '[]')
      from pg_catalog.pg_db_role_setting
      left join pg_catalog.pg_database on pg_database.oid = setdatabase
      left join pg_catalog.pg_roles on pg_roles.oid = setrole
    )::text as scoped`;

/** Since when the server's own processes run. */
export const processesSql = `
  select ${utc('min(backend_start)')} as since
  from pg_catalog.pg_stat_activity
  where backend_type = 'checkpointer'`;

/** Settings that people can change, with where each comes from. */
export const settingsSql = `
  select
    name,
    coalesce(reset_val, '') as value,
    coalesce(boot_val, '') as boot,
    unit,
    coalesce(pg_catalog.regexp_replace(sourcefile, '^.*/', ''), source) as source,
    pending_restart as pending
  from pg_catalog.pg_settings
  where context <> 'internal'
    and name not in ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable', 'role',
      'session_authorization', 'seed')`;
