import { z } from 'zod';
import type { Session } from '@/lib/engine/define-job';

const columnSchema = z.object({
  name: z.string(),
  /** As `format_type` writes it, with schema where it has one. */
  type: z.string(),
  /** ` collate "x"."y"` where it is not the type's own, else empty. */
  collate: z.string(),
  notNull: z.boolean(),
  /** Computed from the others by the server. */
  generated: z.boolean(),
  /** `generated always as identity`: no update may set it. */
  always: z.boolean(),
});

export const rescueTableSchema = z.object({
  oid: z.number(),
  /** `r` ordinary, `p` partitioned; anything else is no table to rescue. */
  kind: z.string(),
  /** Of a partitioned table, which need not have been lost with it. */
  isPartition: z.boolean(),
  owner: z.string(),
  rows: z.number(),
  bytes: z.number(),
  rowSecurity: z.boolean(),
  columns: z.array(columnSchema),
  /** Columns of the primary key in its order; empty without one. */
  key: z.array(z.string()),
  /** Definitions without a name: `PRIMARY KEY (id)`, `CHECK (…)`; foreign keys apart. */
  constraints: z.array(z.string()),
  foreignKeys: z.array(z.string()),
  /** Of indexes that serve no constraint: what follows `using `, and whether they are unique. */
  indexes: z.array(z.object({ unique: z.boolean(), tail: z.string() })),
  /** Partitions and other children, as [schema, name]. */
  children: z.array(z.tuple([z.string(), z.string()])),
  triggers: z.array(z.string()),
  /** Foreign keys of other tables to this one. */
  references: z.array(
    z.object({ schema: z.string(), table: z.string(), name: z.string(), definition: z.string() }),
  ),
  /** Views that read it. */
  views: z.array(z.string()),
  grants: z.array(z.object({ grantee: z.string().nullable(), privilege: z.string() })),
});

export type RescueTable = z.infer<typeof rescueTableSchema>;

/** A table as the catalogue has it; undefined when no relation of this name is there. */
export async function readRescueTable(
  session: Session,
  schema: string,
  name: string,
): Promise<RescueTable | undefined> {
  const [row] = await session.query(rescueTableSql, [schema, name], { deadlineMs: 60_000 });
  return row ? rescueTableSchema.parse(JSON.parse(String(row.facts))) : undefined;
}

const list = (select: string) => `(select coalesce(json_agg(q), '[]') from (${select}) q)`;
const values = (select: string) => `(select coalesce(json_agg(q.v), '[]') from (${select}) q)`;

const rescueTableSql = `
  select json_build_object(
    'oid', c.oid::int8, 'kind', c.relkind, 'isPartition', c.relispartition, 'owner', pg_get_userbyid(c.relowner),
    'rows', greatest(c.reltuples, 0), 'rowSecurity', c.relrowsecurity,
    'bytes', case when c.relkind in ('r', 'm') then pg_table_size(c.oid) else
      (select coalesce(sum(pg_table_size(relid)), 0) from pg_partition_tree(c.oid) where isleaf) end,
    'columns', ${list(`
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
        case when a.attcollation <> 0 and a.attcollation <> t.typcollation
          then ' collate ' || format('%I.%I', n.nspname, l.collname) else '' end as collate,
        a.attnotnull as "notNull", a.attgenerated <> '' as generated, a.attidentity = 'a' as always
      from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      left join pg_collation l on l.oid = a.attcollation
      left join pg_namespace n on n.oid = l.collnamespace
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      order by a.attnum`)},
    'key', ${values(`
      select a.attname as v
      from pg_constraint k
      cross join unnest(k.conkey) with ordinality u(num, at)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num
      where k.conrelid = c.oid and k.contype = 'p'
      order by u.at`)},
    'constraints', ${values(`
      select pg_get_constraintdef(k.oid) as v
      from pg_constraint k
      where k.conrelid = c.oid and k.contype in ('p', 'u', 'c', 'x')
      order by k.contype <> 'p', k.conname`)},
    'foreignKeys', ${values(`
      select pg_get_constraintdef(k.oid) as v
      from pg_constraint k
      where k.conrelid = c.oid and k.contype = 'f'
      order by k.conname`)},
    'indexes', ${list(`
      select i.indisunique as unique, substr(d.text, length(d.head) + 1) as tail
      from pg_index i
      join pg_class x on x.oid = i.indexrelid
      cross join lateral (select pg_get_indexdef(x.oid) as text, format('CREATE %sINDEX %I ON %s%I.%I USING ',
        case when i.indisunique then 'UNIQUE ' else '' end, x.relname,
        case when x.relkind = 'I' then 'ONLY ' else '' end, s.nspname, c.relname) as head) d
      where i.indrelid = c.oid and i.indisvalid and starts_with(d.text, d.head)
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
      order by x.relname`)},
    'children', ${values(`
      with recursive family as (
        select inhrelid as oid from pg_inherits where inhparent = c.oid
        union
        select h.inhrelid from family f join pg_inherits h on h.inhparent = f.oid)
      select json_build_array(n.nspname, r.relname) as v
      from family f
      join pg_class r on r.oid = f.oid
      join pg_namespace n on n.oid = r.relnamespace
      order by n.nspname, r.relname`)},
    'triggers', ${values(`
      select g.tgname as v from pg_trigger g
      where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled <> 'D'
      order by g.tgname`)},
    'references', ${list(`
      select n.nspname as schema, r.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
      from pg_constraint k
      join pg_class r on r.oid = k.conrelid
      join pg_namespace n on n.oid = r.relnamespace
      where k.confrelid = c.oid and k.conrelid <> c.oid and k.contype = 'f' and k.conparentid = 0
      order by 1, 2, 3`)},
    'views', ${values(`
      select distinct v.oid::regclass::text as v
      from pg_depend p
      join pg_rewrite w on w.oid = p.objid and p.classid = 'pg_rewrite'::regclass
      join pg_class v on v.oid = w.ev_class
      where p.refclassid = 'pg_class'::regclass and p.refobjid = c.oid and v.oid <> c.oid
      order by 1`)},
    'grants', ${list(`
      select r.rolname as grantee, a.privilege_type as privilege
      from aclexplode(c.relacl) a
      left join pg_roles r on r.oid = a.grantee
      where a.grantee <> c.relowner
      order by 1, 2`)})::text as facts
  from pg_class c
  join pg_namespace s on s.oid = c.relnamespace
  where s.nspname = $1 and c.relname = $2`;
