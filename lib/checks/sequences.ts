import { defineCheck } from '@/lib/engine/define-check';
import { helperMend, sequenceHelper } from '@/lib/procedures/bloat-sql';

/**
 * A bigint sequence in an integer column ends with the column. Columns are found by ownership (serial, identity) and
 * by defaults that call nextval. A sequence that was never called has no last value: nothing of it is used.
 */
const sequencesSql = (mayRead: string, lastValue: string) => `
      with used as (
        select
          dependency.objid as sequence,
          attribute.attrelid,
          attribute.attnum,
          attribute.attname,
          attribute.atttypid
        from pg_depend as dependency
        join pg_attribute as attribute
          on attribute.attrelid = dependency.refobjid and attribute.attnum = dependency.refobjsubid
        where dependency.classid = 'pg_class'::regclass
          and dependency.refclassid = 'pg_class'::regclass
          and dependency.deptype in ('a', 'i')
        union
        select
          dependency.refobjid,
          attribute.attrelid,
          attribute.attnum,
          attribute.attname,
          attribute.atttypid
        from pg_depend as dependency
        join pg_attrdef as value on value.oid = dependency.objid
        join pg_attribute as attribute on attribute.attrelid = value.adrelid and attribute.attnum = value.adnum
        where dependency.classid = 'pg_attrdef'::regclass
          and dependency.refclassid = 'pg_class'::regclass
      ),
      columns as (
        select
          used.sequence,
          min(
            case used.atttypid
              when 'int2'::regtype then 32767
              when 'int4'::regtype then 2147483647
              else 9223372036854775807
            end::numeric
          ) as column_end,
          min(schema.nspname || '.' || class.relname || '.' || used.attname) as column_name,
          min(format_type(used.atttypid, null)) as column_type
        from used
        join pg_class as class on class.oid = used.attrelid
        join pg_namespace as schema on schema.oid = class.relnamespace
        group by used.sequence
      ),
      sequences as (
        select
          schema.nspname,
          class.relname,
          sequence.*,
          columns.column_name,
          columns.column_type,
          case when sequence.seqincrement > 0 then sequence.seqmin else sequence.seqmax end::numeric as first,
          case when sequence.seqincrement > 0
            then least(sequence.seqmax::numeric, columns.column_end)
            else greatest(sequence.seqmin::numeric, -columns.column_end - 1)
          end as last,
          ${mayRead} as may_read,
          (${lastValue})::numeric as now
        from pg_sequence as sequence
        join pg_class as class on class.oid = sequence.seqrelid
        join pg_namespace as schema on schema.oid = class.relnamespace
        left join columns on columns.sequence = class.oid
        where class.relpersistence <> 't'
      )
      select
        nspname::text as schema,
        relname::text as sequence,
        column_name::text as column_name,
        column_type,
        now::float8 as last_value,
        last::float8 as end_value,
        case when may_read and last <> first
          then 100 * greatest(0, (coalesce(now, first) - first) / (last - first))
        end::float8 as used_percent,
        case when not seqcycle and may_read and last <> first
          then 100 * greatest(0, (coalesce(now, first) - first) / (last - first))
        end::float8 as judged_percent,
        case when may_read then floor((last - coalesce(now, first)) / seqincrement) end::float8 as numbers_left,
        case when seqcycle then 'begins anew' else 'inserts fail' end as at_its_end,
        case when not may_read then 'this login may not read the sequence' end as not_known,
        case when not may_read then ${helperMend()} end as mend
      from sequences
      order by judged_percent desc nulls last, 1, 2
      limit 2000`;

export default defineCheck({
  title: 'Sequences near their end',
  why: 'When a sequence, or the column that it fills, has no next number, every insert fails until the column is widened, which rewrites the table.',
  source: 'https://www.postgresql.org/docs/current/sql-createsequence.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 600,
  timeoutMs: 15_000,
  sql: {
    140000: sequencesSql(
      `has_sequence_privilege(class.oid, 'select, usage')`,
      `case when has_sequence_privilege(class.oid, 'select, usage') then pg_sequence_last_value(class.oid) end`,
    ),
  },
  // To read a sequence needs a right of its own on each; the optional helper tells how far they are.
  preferred: {
    function: sequenceHelper,
    sql: sequencesSql(
      'true',
      'select last_value from plumbline.sequence_values() as helper where helper.sequence = class.oid',
    ),
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    sequence: { role: 'key', label: 'Sequence' },
    column_name: { role: 'text', label: 'Fills' },
    column_type: { role: 'text', label: 'Column’s type' },
    last_value: { role: 'gauge', label: 'Last value', unit: 'count' },
    end_value: { role: 'gauge', label: 'Ends at', unit: 'count' },
    used_percent: { role: 'gauge', label: 'Used', unit: 'percent' },
    judged_percent: { role: 'gauge', label: 'Used of what does not cycle', unit: 'percent' },
    numbers_left: { role: 'gauge', label: 'Numbers left', unit: 'count' },
    at_its_end: { role: 'text', label: 'At its end' },
    not_known: { role: 'text', label: 'Why not known' },
    mend: { role: 'text', label: 'What mends it' },
  },
  keep: ['snapshot'],
  feeds: 'tables.sequences',
  judge: [
    {
      column: 'judged_percent',
      worse: 'above',
      warn: 75,
      crit: 90,
      unknownFrom: 'not_known',
      unknownMendFrom: 'mend',
      sentence:
        'Sequence {schema}.{sequence} in {database} has used {used_percent} of its numbers ({numbers_left} left; it fills {column_name}, {column_type}).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Sequences by what is used',
      columns: [
        'schema',
        'sequence',
        'column_name',
        'column_type',
        'used_percent',
        'numbers_left',
        'at_its_end',
        'not_known',
      ],
    },
  ],
  runbook: {
    means:
      'The sequence, or the smaller column that it fills, is running out of numbers. At the end every insert that asks for one fails.',
    confirm: 'Compare the last value with the end of the column’s type; look how fast it moves over a day.',
    act: 'For an integer column plan its change to bigint now: add a bigint column, fill it in batches, swap the names, and widen the columns that refer to it. As a stopgap, let the sequence run through the negative numbers (minvalue, start, restart) if the application can bear them.',
    avoid:
      'Do not run ALTER TABLE … TYPE bigint on a large table in use: it rewrites it under an exclusive lock. Do not set the sequence to cycle on a primary key.',
  },
});
