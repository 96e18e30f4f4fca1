/**
 * The optional helper in a watched database: widths and null shares of columns, never a value of them. pg_stats shows
 * a login only columns that it may select, so a watch login without rights on the data can't estimate bloat.
 * The function is the owner's, with a pinned search_path (manual: CREATE FUNCTION, "Writing SECURITY DEFINER Functions
 * Safely"). Run as a superuser in each database.
 *
 * @param quotedLogin the watch login, already quoted as an identifier.
 */
export function helperSchemaSql(quotedLogin: string): string {
  return `create schema if not exists plumbline;
create or replace function plumbline.column_widths()
  returns table (relid oid, null_frac real, avg_width integer)
  language sql
  stable
  security definer
  set search_path = pg_catalog, pg_temp
as $function$
  select starelid, stanullfrac, stawidth
  from pg_catalog.pg_statistic
  where not stainherit
$function$;
revoke all on function plumbline.column_widths() from public;
grant usage on schema plumbline to ${quotedLogin};
grant execute on function plumbline.column_widths() to ${quotedLogin};
`;
}
