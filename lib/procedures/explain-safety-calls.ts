import type { Session } from '@/lib/engine/define-job';
import type { NamedObject } from '@/lib/procedures/statement-parse';

/**
 * What a statement may call when it is executed to be measured. A function that is volatile may do anything, one that
 * is stable may read anything and call others that do anything (PostgreSQL documentation, 38.7). So:
 *
 * - of pg_catalog: all that is not volatile, and those volatile ones that change nothing but their own answer; never
 *   one that runs SQL which it is given as text, or what a view of that name holds;
 * - of others: only immutable ones, which the planner calls by itself already, and the stable ones of some extensions
 *   that everybody has and that are written in C, so that only a superuser can have made them;
 * - an aggregate only when all functions that it is made of may be called.
 */
const harmless = [
  ...['random', 'random_normal', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuidv4', 'uuidv7'],
  ...['pg_sleep', 'pg_sleep_for', 'pg_sleep_until'],
];
/** By their text: functions that run SQL, or read and write large objects and files. */
const runsSql =
  '^(query|cursor|table|schema|database)_to_xml|^ts_(stat|rewrite)$|^dblink|^crosstab|^connectby|^xpath_table|^lo_|^lo(read|write)$|^pg_(read|ls|stat)_(binary_)?(file|dir)';
/** Their stable functions depend on a dictionary or a setting, and run nothing. */
const knownExtensions = [
  ...['btree_gin', 'btree_gist', 'citext', 'cube', 'fuzzystrmatch', 'hstore', 'intarray', 'isn', 'ltree'],
  ...['pg_trgm', 'postgis', 'seg', 'unaccent', 'vector'],
];
const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** Whether a plain function (`f` of pg_proc) is none that may be called. */
const refused = (f: string) => `(
  ${f}.proname ~ '${runsSql}'
  or case
    when ${f}.pronamespace = 'pg_catalog'::regnamespace
      then ${f}.provolatile = 'v' and ${f}.proname not in (${quoted(harmless)})
    else ${f}.provolatile <> 'i'
      and not (${f}.provolatile = 's'
        and exists (select from pg_catalog.pg_language as l where l.oid = ${f}.prolang and l.lanname = 'c')
        and exists (
          select
          from pg_catalog.pg_depend as d
          join pg_catalog.pg_extension as e on e.oid = d.refobjid
          where d.classid = 'pg_catalog.pg_proc'::regclass
            and d.objid = ${f}.oid
            and d.refclassid = 'pg_catalog.pg_extension'::regclass
            and d.deptype = 'e'
            and e.extname in (${quoted(knownExtensions)})
        ))
  end
)`;

/** `schema.name()` with why it is refused, of the row of a function. */
function said(row: Record<string, unknown> | undefined): string | undefined {
  if (!row) return undefined;
  const name = `${row.schema}.${row.name}()`;
  if (row.volatility === 'v') return `${name}, which is volatile: it may write.`;
  return row.volatility === 's' && row.schema !== 'pg_catalog'
    ? `${name}, which is no more than stable: what it calls in turn cannot be seen from here.`
    : `${name}, which runs what it is given, or calls what may write.`;
}

export async function refusedFunction(
  session: Session,
  functions: readonly NamedObject[],
): Promise<string | undefined> {
  if (functions.length === 0) return undefined;
  const rows = await session.query(
    `select distinct n.nspname::text as schema, p.proname::text as name, p.provolatile::text as volatility
     from pg_catalog.pg_proc as p
     join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     where p.proname = any ($1::name[])
       and case
         when p.prokind = 'a' and p.pronamespace <> 'pg_catalog'::regnamespace then exists (
           select
           from pg_catalog.pg_aggregate as a
           join pg_catalog.pg_proc as f on f.oid in (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
             a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
           where a.aggfnoid = p.oid
             and ${refused('f')}
         )
         else ${refused('p')}
       end
     order by 1, 2`,
    [functions.map(({ name }) => name)],
  );
  return said(
    rows.find((row) =>
      functions.some(({ schema, name }) => name === row.name && (schema === null || schema === row.schema)),
    ),
  );
}

/** `row.name` calls name(row) where the row has no such column; for a table that has one too nothing is let through. */
export async function refusedAttribute(
  session: Session,
  attributes: readonly string[],
): Promise<string | undefined> {
  if (attributes.length === 0) return undefined;
  const [found] = await session.query(
    `select n.nspname::text as schema, p.proname::text as name, p.provolatile::text as volatility
     from pg_catalog.pg_proc as p
     join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     join pg_catalog.pg_type as t on t.oid = p.proargtypes[0]
     where p.proname = any ($1::name[])
       and p.pronargs - p.pronargdefaults <= 1
       and t.typtype in ('c', 'd', 'p')
       and n.nspname <> 'pg_catalog'
       and ${refused('p')}
     order by 1, 2
     limit 1`,
    [[...new Set(attributes)]],
  );
  return said(found);
}

export async function refusedOperator(
  session: Session,
  operators: readonly NamedObject[],
): Promise<string | undefined> {
  if (operators.length === 0) return undefined;
  const [found] = await session.query(
    `select n.nspname::text as schema, o.oprname::text as name
     from pg_catalog.pg_operator as o
     join pg_catalog.pg_namespace as n on n.oid = o.oprnamespace
     join pg_catalog.pg_proc as p on p.oid = o.oprcode
     where o.oprname = any ($1::name[])
       and n.nspname <> 'pg_catalog'
       and ${refused('p')}
     limit 1`,
    [operators.map(({ name }) => name)],
  );
  return found && `the operator ${found.schema}.${found.name}, whose function may do more than read.`;
}

/** A conversion by a function of its own: to a type that is named, or one that is made without being written. */
export async function refusedCast(
  session: Session,
  types: readonly NamedObject[],
): Promise<string | undefined> {
  const [found] = await session.query(
    `select n.nspname::text as schema, p.proname::text as name, p.provolatile::text as volatility
     from pg_catalog.pg_cast as c
     join pg_catalog.pg_proc as p on p.oid = c.castfunc
     join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     join pg_catalog.pg_type as t on t.oid = c.casttarget
     where (c.castcontext = 'i' or t.typname = any ($1::name[]))
       and ${refused('p')}
     order by 1, 2
     limit 1`,
    [types.map(({ name }) => name)],
  );
  return said(found);
}

/** Domains among types that are named, also within arrays, rows and domains, with what their constraints compute. */
export async function domainsOf(
  session: Session,
  types: readonly NamedObject[],
): Promise<{ name: string; texts: string[] }[]> {
  const named = types.filter(({ schema }) => schema !== 'pg_catalog').map(({ name }) => name);
  if (named.length === 0) return [];
  const rows = await session.query(
    `with recursive family as (
       select t.oid, t.typtype, t.typbasetype, t.typelem, t.typrelid
       from pg_catalog.pg_type as t
       where t.typname = any ($1::name[])
         and t.typnamespace <> 'pg_catalog'::regnamespace
       union
       select t.oid, t.typtype, t.typbasetype, t.typelem, t.typrelid
       from family as f
       join pg_catalog.pg_type as t
         on t.oid in (f.typbasetype, f.typelem)
         or t.oid in (select a.atttypid from pg_catalog.pg_attribute as a where a.attrelid = f.typrelid and a.attnum > 0)
     )
     select f.oid::regtype::text as name, json_agg(pg_catalog.pg_get_expr(c.conbin, 0))::text as texts
     from family as f
     join pg_catalog.pg_constraint as c on c.contypid = f.oid and c.conbin is not null
     where f.typtype = 'd'
     group by f.oid`,
    [named],
  );
  return rows.map((row) => ({
    name: String(row.name),
    texts: (JSON.parse(String(row.texts)) as string[]).map((text) => `select where ${text}`),
  }));
}
