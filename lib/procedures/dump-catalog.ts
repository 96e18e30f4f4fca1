import { z } from 'zod';
import type { Session } from '@/lib/engine/define-job';

/** Objects of the first initdb have lower oids (src/include/access/transam.h, FirstNormalObjectId). */
const firstOid = 16_384;
const deadlineMs = 60_000;

export const catalogTableSchema = z.object({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  /** With TOAST, without indexes. */
  bytes: z.number(),
  extensionMember: z.boolean(),
});

export const foreignKeySchema = z.object({
  name: z.string(),
  schema: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  refSchema: z.string(),
  refTable: z.string(),
  refColumns: z.array(z.string()),
  /** Operators that compare referenced with referencing columns, as [schema, name]. */
  operators: z.array(z.tuple([z.string(), z.string()])),
  validated: z.boolean(),
  matchFull: z.boolean(),
  /** A temporal key (`period`, 18+): compared by overlap, not by equality. */
  period: z.boolean(),
});

export const sequenceSchema = z.object({
  schema: z.string(),
  name: z.string(),
  /** Null when it was never used. int8 as text. */
  lastValue: z.string().nullable(),
  increment: z.string(),
  /** The column that it fills; null when none is known. */
  owner: z.object({ schema: z.string(), table: z.string(), column: z.string() }).nullable(),
});

export const dumpCatalogSchema = z.object({
  foreignKeys: z.array(foreignKeySchema),
  sequences: z.array(sequenceSchema),
  extensions: z.array(z.object({ name: z.string(), version: z.string() })),
  /** Valid indexes as [schema, name]. */
  indexes: z.array(z.tuple([z.string(), z.string()])),
  /** How many of each kind of object there are, extensions' own left out. */
  objects: z.record(z.string(), z.number()),
});

export type CatalogTable = z.infer<typeof catalogTableSchema>;
export type ForeignKey = z.infer<typeof foreignKeySchema>;
export type SequenceFact = z.infer<typeof sequenceSchema>;
export type DumpCatalog = z.infer<typeof dumpCatalogSchema>;

const ownNamespace = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
const notOfExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** All rows of a query as one JSON array, parsed by the schema: names keep every byte. */
async function list<T>(session: Session, schema: z.ZodType<T>, select: string): Promise<T[]> {
  const [row] = await session.query(
    `select coalesce(json_agg(q), '[]')::text as list from (${select}) q`,
    [],
    { deadlineMs },
  );
  return z.array(schema).parse(JSON.parse(String(row?.list)));
}

/** Ordinary tables by oid, with their size as stored. */
export function readTables(session: Session): Promise<CatalogTable[]> {
  return list(
    session,
    catalogTableSchema,
    `select c.oid::int8 as oid, n.nspname as schema, c.relname as name, pg_table_size(c.oid) as bytes,
       not (${notOfExtension('pg_class', 'c.oid')}) as "extensionMember"
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and c.oid >= ${firstOid}`,
  );
}

/** What a restored copy of this database must have; read in the dump's own snapshot. */
export async function readDumpCatalog(session: Session): Promise<DumpCatalog> {
  return {
    foreignKeys: await list(session, foreignKeySchema, foreignKeysSql),
    sequences: await list(session, sequenceSchema, sequencesSql),
    extensions: await list(
      session,
      z.object({ name: z.string(), version: z.string() }),
      'select extname as name, extversion as version from pg_extension order by 1',
    ),
    indexes: (await list(session, z.object({ pair: z.tuple([z.string(), z.string()]) }), indexesSql)).map(
      ({ pair }) => pair,
    ),
    objects: await countObjects(session),
  };
}

/** Top-level keys alone: those of partitions are copies of their parent's. */
const foreignKeysSql = `
  select k.conname as name, n.nspname as schema, c.relname as "table", fn.nspname as "refSchema",
    fc.relname as "refTable", k.convalidated as validated, k.confmatchtype = 'f' as "matchFull",
    coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
    (select json_agg(a.attname order by u.at) from unnest(k.conkey) with ordinality u(num, at)
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num) as columns,
    (select json_agg(a.attname order by u.at) from unnest(k.confkey) with ordinality u(num, at)
     join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num) as "refColumns",
    (select json_agg(json_build_array(opn.nspname, o.oprname) order by u.at)
     from unnest(k.conpfeqop) with ordinality u(num, at)
     join pg_operator o on o.oid = u.num
     join pg_namespace opn on opn.oid = o.oprnamespace) as operators
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_class fc on fc.oid = k.confrelid
  join pg_namespace fn on fn.oid = fc.relnamespace
  where k.contype = 'f' and k.conparentid = 0 and ${ownNamespace}
  order by 2, 3, 1`;

/** A sequence belongs to a column by ownership or identity, else by the column's default. */
const sequencesSql = `
  select n.nspname as schema, c.relname as name, s.seqincrement::text as increment,
    case when has_sequence_privilege(c.oid, 'usage, select')
        and (c.relpersistence = 'p' or not pg_is_in_recovery())
      then pg_sequence_last_value(c.oid)::text end as "lastValue",
    (select json_build_object('schema', tn.nspname, 'table', t.relname, 'column', a.attname)
     from (
       select d.refobjid as relid, d.refobjsubid as num, 1 as at
       from pg_depend d
       where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
         and d.deptype in ('a', 'i') and d.refobjsubid > 0
       union all
       select f.adrelid, f.adnum, 2
       from pg_depend d
       join pg_attrdef f on f.oid = d.objid
       where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
     ) o
     join pg_class t on t.oid = o.relid
     join pg_namespace tn on tn.oid = t.relnamespace
     join pg_attribute a on a.attrelid = o.relid and a.attnum = o.num
     order by o.at, o.relid limit 1) as owner
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
  where ${ownNamespace} and c.relpersistence <> 't' and ${notOfExtension('pg_class', 'c.oid')}
  order by 1, 2`;

const indexesSql = `
  select json_build_array(n.nspname, c.relname) as pair
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
  where i.indisvalid and c.relpersistence <> 't' and ${ownNamespace}`;

/** Counts of a database's own objects by kind; the same question on both sides of a restore. */
export async function countObjects(session: Session): Promise<Record<string, number>> {
  const rows = await session.query(
    `select case c.relkind when 'r' then 'tables' when 'p' then 'partitioned tables' when 'v' then 'views'
         when 'm' then 'materialized views' when 'f' then 'foreign tables' when 'S' then 'sequences'
         else 'composite types' end as kind, count(*)::float8 as count
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and c.relpersistence <> 't' and ${ownNamespace}
       and ${notOfExtension('pg_class', 'c.oid')}
     group by 1
     union all
     select 'functions', count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where ${ownNamespace} and ${notOfExtension('pg_proc', 'p.oid')}
     union all
     select 'triggers', count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid
     join pg_namespace n on n.oid = c.relnamespace where not t.tgisinternal and ${ownNamespace}
     union all
     select 'row security policies', count(*) from pg_policy
     union all
     select 'constraints', count(*) from pg_constraint k join pg_namespace n on n.oid = k.connamespace
     where k.contype in ('c', 'f', 'p', 'u', 'x') and ${ownNamespace}`,
    [],
    { deadlineMs },
  );
  return Object.fromEntries(rows.map((row) => [String(row.kind), Number(row.count)]));
}
