/**
 * What is watched of a schema: relations that people made (initdb's own have oids below 16384), no temporary ones,
 * no TOAST, no parts of an extension. An index that is not valid is being built or dropped: it counts once it is.
 */
const relation = `
  relation as materialized (
    select
      class.oid,
      class.xmin,
      class.relname,
      class.relkind,
      class.relpersistence,
      class.relispartition,
      class.reloptions,
      class.relfilenode,
      class.reltablespace,
      schema.nspname
    from pg_catalog.pg_class as class
    join pg_catalog.pg_namespace as schema on schema.oid = class.relnamespace
    where class.oid >= 16384
      and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
      and class.relpersistence <> 't'
      and schema.nspname <> 'pg_toast'
  )`;

/** The sum of a hash per row of a catalog: rows that are written anew have another xmin. */
const sumOf = (id: string, table: string) =>
  `coalesce(sum(pg_catalog.hashint8extended(${id}, ${table}.xmin::text::int8)), 0)`;

/** One row: how many relations there are, and a text that moves whenever the schema does. */
export const schemaPrintSql = `
  with ${relation}
  select
    (select oid::text from pg_catalog.pg_database where datname = current_database()) as database_oid,
    (select count(*)::float8 from relation) as relations,
    (
      select coalesce(pg_catalog.json_object_agg(extname, extversion), '{}')::text
      from pg_catalog.pg_extension
    ) as extensions,
    concat_ws(' ',
      (select ${sumOf('relation.oid::int8', 'relation')} from relation),
      (
        select ${sumOf('(a.attrelid::int8 << 16) + a.attnum', 'a')}
        from pg_catalog.pg_attribute as a
        join relation on relation.oid = a.attrelid
        where a.attnum > 0
      ),
      (select ${sumOf('i.indexrelid::int8', 'i')} from pg_catalog.pg_index as i join relation on relation.oid = i.indexrelid),
      (select ${sumOf('c.oid::int8', 'c')} from pg_catalog.pg_constraint as c join relation on relation.oid = c.conrelid),
      (select ${sumOf('d.oid::int8', 'd')} from pg_catalog.pg_attrdef as d join relation on relation.oid = d.adrelid),
      (select ${sumOf('r.oid::int8', 'r')} from pg_catalog.pg_rewrite as r join relation on relation.oid = r.ev_class),
      (select ${sumOf('h.inhrelid::int8', 'h')} from pg_catalog.pg_inherits as h join relation on relation.oid = h.inhrelid),
      (select ${sumOf('e.oid::int8', 'e')} from pg_catalog.pg_extension as e)
    ) as print`;

const hash = (text: string) => `pg_catalog.hashtextextended(${text}, 0)::text`;

/** One row per relation with how it is made; `hash` of that. Long texts (defaults, queries, predicates) as hashes. */
export const relationsSql = `
  with ${relation},
  made as (
    select
      relation.oid::text as oid,
      relation.nspname::text as schema,
      relation.relname::text as name,
      relation.relkind::text as kind,
      relation.relfilenode::text as filenode,
      relation.reltablespace::text as tablespace_oid,
      pg_catalog.json_build_object(
        'columns', coalesce((
          select pg_catalog.json_agg(
            pg_catalog.json_build_array(
              a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, ${hash('d.adbin::text')})
            order by a.attnum)
          from pg_catalog.pg_attribute as a
          left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = relation.oid
            and a.attnum > 0
            and not a.attisdropped
            and relation.relkind <> 'S'), '[]'),
        'constraints', coalesce((
          select pg_catalog.json_agg(c.conname || ':' || c.contype::text order by c.conname, c.contype)
          from pg_catalog.pg_constraint as c
          where c.conrelid = relation.oid
            and c.contype <> 'n'), '[]'),
        'options', coalesce(pg_catalog.to_json(relation.reloptions), '[]'),
        'of', coalesce(
          (
            select schema.nspname || '.' || parent.relname
            from pg_catalog.pg_index as i
            join pg_catalog.pg_class as parent on parent.oid = i.indrelid
            join pg_catalog.pg_namespace as schema on schema.oid = parent.relnamespace
            where i.indexrelid = relation.oid
          ),
          (
            select schema.nspname || '.' || parent.relname
            from pg_catalog.pg_inherits as h
            join pg_catalog.pg_class as parent on parent.oid = h.inhparent
            join pg_catalog.pg_namespace as schema on schema.oid = parent.relnamespace
            where h.inhrelid = relation.oid
              and relation.relispartition
            limit 1
          )),
        'body', coalesce(
          (
            select ${hash(`concat_ws('|', i.indkey, i.indclass, i.indoption, i.indcollation, i.indisunique,
              i.indisprimary, i.indexprs, i.indpred)`)}
            from pg_catalog.pg_index as i
            where i.indexrelid = relation.oid
          ),
          (
            select ${hash(`string_agg(r.ev_action::text, ' ' order by r.rulename)`)}
            from pg_catalog.pg_rewrite as r
            where r.ev_class = relation.oid
          )),
        'persistence', relation.relpersistence
      )::text as definition
    from relation
    where not exists (
        select
        from pg_catalog.pg_depend
        where classid = 'pg_catalog.pg_class'::regclass
          and objid = relation.oid
          and (deptype = 'e' or (deptype in ('a', 'i') and relation.relkind = 'S'))
      )
      and not exists (
        select
        from pg_catalog.pg_index as i
        where i.indexrelid = relation.oid
          and not i.indisvalid
      )
  )
  select oid, schema, name, kind, filenode, tablespace_oid, ${hash('definition')} as hash, definition
  from made`;
