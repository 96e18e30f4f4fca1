import { watchHelperStatements } from '@/lib/engine/grant-scripts';
import { quoteLiteral } from '@/lib/instance/quote';

/** The helper of the watch login's GRANT script: what pg_stats says of columns, without values. */
export const statisticsHelper = 'plumbline.column_statistics()';
/** And how far each sequence is. */
export const sequenceHelper = 'plumbline.sequence_values()';

/** Statistics of the columns of the tables (or indexes) in a CTE `wanted (oid, schema, name)`, by one of two ways. */
export type StatisticsSource = 'pg_stats' | 'helper';

const sources: Record<StatisticsSource, string> = {
  // One look-up per table: the view as a whole checks a right for each column of the database.
  pg_stats: `
        select wanted.oid as relid, attribute.attnum, seen.null_frac, seen.avg_width
        from wanted
        cross join lateral (
          select attname, null_frac, avg_width
          from pg_stats
          where schemaname = wanted.schema
            and tablename = wanted.name
            and not inherited
        ) as seen
        join pg_attribute as attribute on attribute.attrelid = wanted.oid and attribute.attname = seen.attname`,
  helper: `
        select seen.relid, seen.attnum, seen.null_frac, seen.avg_width
        from plumbline.column_statistics() as seen
        join wanted on wanted.oid = seen.relid`,
};

const placeholder = 'the login of this session';

/** An SQL expression: the statements of the helpers, for the session's own login. */
export function helperMend(): string {
  const script = watchHelperStatements(placeholder)
    .map(({ sql }) => sql)
    .join('\n');
  return `replace(${quoteLiteral(script)}, ${quoteLiteral(`"${placeholder}"`)}, quote_ident(current_user))`;
}

const never = `'never analyzed: there is nothing to estimate from'`;
const old = `'statistics are too old: more than a fifth of its rows changed since'`;
const unreadable = `'statistics of its columns cannot be read by this login'`;
const incomplete = `'some columns have no statistics'`;

/** Why there is no estimate, or null; `may_read` and `shape` are of the row. */
const reason = `
          case
            when analyzed is null or rows < 0 then ${never}
            when shape like '%?%' and not may_read then ${unreadable}
            when shape like '%?%' then ${incomplete}
            when n_mod_since_analyze > 0.2 * greatest(rows_of_table, 1000) then ${old}
          end`;

const mend = `
        case
          when not_known = ${unreadable} then ${helperMend()}
          when not_known is not null then format('analyze %I.%I;', schema, "table")
        end`;

const mayRead = (source: StatisticsSource, oid: string) =>
  source === 'helper'
    ? 'true'
    : `(has_table_privilege(${oid}, 'select') and not row_security_active(${oid}))`;

const option = (of: string, name: string, usual: number) => `
          coalesce(
            (select option_value::float8 from pg_options_to_table(${of}.reloptions) where option_name = '${name}'),
            ${usual}
          ) / 100`;

/** The largest tables with what an estimate is made from; `lib/engine/bloat-estimate` reckons. */
export function tableBloatSql(source: StatisticsSource): string {
  return `
      with wanted as materialized (
        select class.oid, schema.nspname as schema, class.relname as name
        from pg_class as class
        join pg_namespace as schema on schema.oid = class.relnamespace
        left join pg_class as toast on toast.oid = class.reltoastrelid
        where class.relkind in ('r', 'm')
          and class.relpersistence <> 't'
          and (class.relpages >= 128 or toast.relpages >= 128)
          and schema.nspname not in ('pg_catalog', 'information_schema')
        order by class.relpages + coalesce(toast.relpages, 0) desc
        limit 300
      ),
      statistics as materialized (${sources[source]}
      ),
      tables as (
        select
          wanted.schema::text as schema,
          wanted.name::text as "table",
          class.reltuples as rows,
          class.reltuples as rows_of_table,
          class.relpages,
          toast.relpages as toast_pages,
          toast.reltuples as toast_chunks,
          current_setting('block_size')::float8 as page,
          ${option('class', 'fillfactor', 100)} as fillfactor,
          counted.n_mod_since_analyze,
          counted.n_live_tup,
          counted.n_tup_ins + counted.n_tup_upd + counted.n_tup_del as rows_written,
          greatest(counted.last_analyze, counted.last_autoanalyze) as analyzed,
          ${mayRead(source, 'wanted.oid')} as may_read,
          (
            select
              string_agg(
                format(
                  '%s:%s:%s:%s',
                  attlen,
                  attalign,
                  coalesce(statistics.null_frac::text, '?'),
                  coalesce(statistics.avg_width::text, '?')
                ),
                ' ' order by attribute.attnum
              )
            from pg_attribute as attribute
            left join statistics on statistics.relid = attribute.attrelid and statistics.attnum = attribute.attnum
            where attribute.attrelid = wanted.oid
              and attribute.attnum > 0
              and not attribute.attisdropped
          ) as shape
        from wanted
        join pg_class as class on class.oid = wanted.oid
        join pg_stat_user_tables as counted on counted.relid = wanted.oid
        left join pg_class as toast on toast.oid = class.reltoastrelid
      ),
      judged as (
        select
          *,
          ${reason} as not_known
        from tables
      )
      select
        schema,
        "table",
        rows::float8 as rows,
        relpages::float8 as pages,
        page,
        fillfactor::float8 as fillfactor,
        toast_pages::float8 as toast_pages,
        toast_chunks::float8 as toast_chunks,
        shape,
        n_live_tup::float8 as live_rows,
        rows_written::float8 as rows_written,
        extract(epoch from clock_timestamp() - analyzed)::float8 as statistics_age_seconds,
        not_known,
        ${mend} as mend
      from judged
      order by pages desc, 1, 2`;
}

/** The largest btree indexes with what an estimate is made from. */
export function indexBloatSql(source: StatisticsSource): string {
  return `
      with indexes as materialized (
        select
          index.indexrelid,
          index.indrelid,
          index.indkey,
          class.relname,
          class.reltuples,
          class.relpages,
          class.reloptions
        from pg_index as index
        join pg_class as class on class.oid = index.indexrelid
        join pg_am as method on method.oid = class.relam
        join pg_namespace as schema on schema.oid = class.relnamespace
        where method.amname = 'btree'
          and class.relkind = 'i'
          and class.relpersistence <> 't'
          and class.relpages >= 128
          and index.indisvalid
          and schema.nspname not in ('pg_catalog', 'information_schema')
          and schema.nspname not like 'pg\\_toast%'
        order by class.relpages desc
        limit 300
      ),
      wanted as materialized (
        select class.oid, schema.nspname as schema, class.relname as name
        from pg_class as class
        join pg_namespace as schema on schema.oid = class.relnamespace
        where class.oid in (select indexrelid from indexes union select indrelid from indexes)
      ),
      statistics as materialized (${sources[source]}
      ),
      shaped as (
        select
          wanted.schema::text as schema,
          wanted.name::text as "table",
          indexes.relname::text as index,
          indexes.reltuples as rows,
          class.reltuples as rows_of_table,
          indexes.relpages,
          current_setting('block_size')::float8 as page,
          ${option('indexes', 'fillfactor', 90)} as fillfactor,
          counted.n_mod_since_analyze,
          counted.n_live_tup,
          counted.n_tup_ins + counted.n_tup_upd + counted.n_tup_del as rows_written,
          greatest(counted.last_analyze, counted.last_autoanalyze) as analyzed,
          ${mayRead(source, 'wanted.oid')} and 0 <> all (indexes.indkey::int2[]) as may_read,
          (
            select
              string_agg(
                format(
                  '%s:%s:%s:%s',
                  attlen,
                  attalign,
                  coalesce(statistics.null_frac::text, '?'),
                  coalesce(statistics.avg_width::text, '?')
                ),
                ' ' order by attribute.attnum
              )
            from pg_attribute as attribute
            left join statistics
              on statistics.relid
                = case when indexes.indkey[attribute.attnum - 1] = 0 then indexes.indexrelid else indexes.indrelid end
              and statistics.attnum
                = case when indexes.indkey[attribute.attnum - 1] = 0 then attribute.attnum
                  else indexes.indkey[attribute.attnum - 1] end
            where attribute.attrelid = indexes.indexrelid
              and attribute.attnum > 0
          ) as shape
        from indexes
        join wanted on wanted.oid = indexes.indrelid
        join pg_class as class on class.oid = indexes.indrelid
        join pg_stat_user_tables as counted on counted.relid = indexes.indrelid
      ),
      judged as (
        select
          *,
          ${reason} as not_known
        from shaped
      )
      select
        schema,
        "table",
        index,
        rows::float8 as rows,
        relpages::float8 as pages,
        page,
        fillfactor::float8 as fillfactor,
        shape,
        n_live_tup::float8 as live_rows,
        rows_written::float8 as rows_written,
        extract(epoch from clock_timestamp() - analyzed)::float8 as statistics_age_seconds,
        not_known,
        ${mend} as mend
      from judged
      order by pages desc, 1, 2, 3`;
}
