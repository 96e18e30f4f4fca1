import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Duplicate indexes',
  why: 'An index that another one can stand in for costs a second write for each row, disk and cache, and speeds up nothing.',
  source: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
  target: 'database',
  // A standby has the same indexes: it would only say everything twice.
  runsOn: 'primary',
  everySeconds: 600,
  timeoutMs: 20_000,
  sql: {
    // A part of a key is its column or expression with operator class and collation. A btree is read backwards as well
    // as forwards, so an order that is reversed as a whole (bit 1 descending, bit 2 nulls first) is the same order.
    140000: `
      with crowded as (
        select indrelid
        from pg_index
        where indrelid >= 16384
        group by indrelid
        having count(*) > 1
      ),
      index as (
        select
          pg_index.indexrelid as oid,
          pg_index.indrelid,
          schema.nspname,
          relation.relname as table_name,
          class.relname,
          class.relam,
          method.amname,
          pg_index.indisunique,
          coalesce(to_jsonb(pg_index) ->> 'indnullsnotdistinct', 'false') as nulls,
          coalesce(pg_get_expr(pg_index.indpred, pg_index.indrelid), '') as predicate,
          case when method.amname = 'btree' then null else class.reloptions::text end as options,
          (
            select array_agg(concat_ws(
              '/',
              case
                when pg_index.indkey[place - 1] = 0 then pg_get_indexdef(pg_index.indexrelid, place, false)
                else pg_index.indkey[place - 1]::text
              end,
              pg_index.indclass[place - 1],
              pg_index.indcollation[place - 1]
            ) order by place)
            from generate_series(1, pg_index.indnkeyatts) as place
          ) as parts,
          (
            select array_agg(pg_index.indoption[place - 1]::int order by place)
            from generate_series(1, pg_index.indnkeyatts) as place
          ) as orders,
          array(
            select pg_index.indkey[place - 1]
            from generate_series(pg_index.indnkeyatts + 1, pg_index.indnatts) as place
          ) as included,
          pg_index.indkey::int2[] as columns,
          case
            when pg_index.indisprimary then 4
            when pg_index.indisreplident then 3
            when exists (select from pg_constraint where conindid = pg_index.indexrelid) then 2
            when pg_index.indisunique then 1
            else 0
          end as rank,
          pg_index.indisexclusion
            or exists (select from pg_inherits where inhrelid = pg_index.indexrelid) as bound
        from pg_index
        join crowded using (indrelid)
        join pg_class as class on class.oid = pg_index.indexrelid and class.relkind = 'i'
        join pg_class as relation on relation.oid = pg_index.indrelid
        join pg_namespace as schema on schema.oid = class.relnamespace
        join pg_am as method on method.oid = class.relam
        where pg_index.indisvalid
          and pg_index.indislive
          and class.relpersistence <> 't'
          and schema.nspname not in ('pg_catalog', 'information_schema')
          and schema.nspname not like 'pg\\_toast%'
      )
      select distinct on (spare.oid)
        spare.nspname::text as schema,
        spare.table_name::text as "table",
        spare.relname::text as index,
        keeper.relname::text as redundant_with,
        case
          when cardinality(spare.parts) = cardinality(keeper.parts) then 'is the same as'
          else 'is the beginning of'
        end as how,
        case
          when spare.rank in (2, 3, 4) then ' It belongs to a constraint or is the replica identity: that goes first.'
          else ''
        end as note,
        pg_relation_size(spare.oid)::float8 as bytes,
        pg_get_indexdef(spare.oid) as definition,
        pg_get_indexdef(keeper.oid) as other_definition,
        1::float8 as redundant
      from index as spare
      join index as keeper
        on keeper.indrelid = spare.indrelid
        and keeper.oid <> spare.oid
        and keeper.relam = spare.relam
        and keeper.predicate = spare.predicate
        and keeper.options is not distinct from spare.options
        and spare.included <@ (keeper.included || keeper.columns)
        and spare.parts = keeper.parts[1:cardinality(spare.parts)]
        and (
          spare.orders = keeper.orders[1:cardinality(spare.orders)]
          or (
            spare.amname = 'btree'
            and spare.orders = array(
              select 3 # part
              from unnest(keeper.orders[1:cardinality(spare.orders)]) with ordinality as each (part, place)
              order by place
            )
          )
        )
        and (
          (
            cardinality(spare.parts) < cardinality(keeper.parts)
            and spare.amname = 'btree'
            and not spare.indisunique
          )
          or (
            cardinality(spare.parts) = cardinality(keeper.parts)
            and (keeper.indisunique or not spare.indisunique)
            and (not spare.indisunique or keeper.nulls = spare.nulls)
            -- Of two that can stand in for each other the one that does more stays, then the one with more columns,
            -- then the older one.
            and (spare.rank, cardinality(spare.included), -spare.oid::int8)
              < (keeper.rank, cardinality(keeper.included), -keeper.oid::int8)
          )
        )
      where not spare.bound
      order by
        spare.oid,
        cardinality(keeper.parts) > cardinality(spare.parts),
        cardinality(keeper.parts) desc,
        keeper.rank desc,
        keeper.oid
      limit 500`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    index: { role: 'key', label: 'Index' },
    redundant_with: { role: 'text', label: 'Stands in for it' },
    how: { role: 'text', label: 'How' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    definition: { role: 'text', label: 'Definition' },
    other_definition: { role: 'text', label: 'Definition of the other' },
    note: { role: 'text', label: 'Note' },
    redundant: { role: 'gauge', label: 'Redundant', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'indexes.duplicates',
  judge: [
    {
      column: 'redundant',
      worse: 'above',
      warn: 1,
      // An index of some pages costs next to nothing; it is listed all the same.
      minimum: { column: 'bytes', value: 32 * 1024 },
      sentence:
        'Index {schema}.{index} ({bytes}) on {table} in {database} {how} {redundant_with}: each write pays for both.{note}',
    },
  ],
  draw: [],
  fixedBy: [
    {
      job: 'drop-index-concurrently',
      label: 'Drop it',
      input: { database: '$database', schema: 'schema', index: 'index' },
    },
  ],
  runbook: {
    means:
      'Another index of the table has the same columns first, in the same order, with the same operator classes, collations and predicate, and keeps what this one keeps unique. Every query that uses this one can use the other.',
    confirm:
      'Compare the two definitions. One that is only the beginning of the other is smaller: a query that reads very much of it may take somewhat longer with the larger one.',
    act: 'Drop it concurrently; the plan keeps its definition for the undo. Where it belongs to a constraint, drop the constraint that is said twice instead.',
    avoid: 'Do not drop the other one: it does more.',
  },
});
