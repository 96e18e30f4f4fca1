import type { Session } from '@/lib/engine/define-job';
import { type NamedObject, type ParsedStatement, parseStatement } from '@/lib/procedures/statement-parse';

/** Volatile functions of pg_catalog that change nothing but their own answer. */
const harmless = new Set(
  'random random_normal clock_timestamp timeofday gen_random_uuid uuidv4 uuidv7 pg_sleep pg_sleep_for pg_sleep_until'.split(
    ' ',
  ),
);
/** Views of views: more than this is looked at by nobody, and refused. */
const mostViews = 100;

interface Relation {
  oid: string;
  kind: string;
  name: string;
  definition: string | null;
  policies: string[];
}

/**
 * Why a statement must not be executed although it reads by its parse: it calls, itself or by a view or a policy, a
 * function that may write, or it asks another server. Undefined when nothing speaks against it. `schemas` are those that
 * unqualified names are looked up in. A function that is
 * volatile may do anything (PostgreSQL documentation, 38.7), so only a few of PostgreSQL's own are let through.
 */
export async function whyNotExecuted(
  session: Session,
  statement: ParsedStatement,
  schemas: readonly string[],
): Promise<string | undefined> {
  const seen = new Set<string>();
  const waiting: { statement: ParsedStatement; within: string }[] = [{ statement, within: '' }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { within } = next;
    if (next.statement.writes) return `${within}${next.statement.writes}`;
    const called =
      (await volatileFunction(session, next.statement.functions)) ??
      (await volatileAttribute(session, next.statement.attributes)) ??
      (await volatileOperator(session, next.statement.operators));
    if (called) return `${within}It calls ${called}, which is volatile: it may write.`;
    for (const relation of await relationsOf(session, next.statement.relations, schemas)) {
      if (seen.has(relation.oid)) continue;
      seen.add(relation.oid);
      if (seen.size > mostViews)
        return `It reads more than ${mostViews} relations; nobody could check them all.`;
      if (relation.kind === 'f')
        return `${within}${relation.name} is a foreign table: another server would be asked.`;
      const texts = relation.policies.map((policy) => `select where ${policy}`);
      if (relation.kind === 'v' && relation.definition) texts.push(relation.definition);
      for (const text of texts) {
        const parsed = await parseStatement(text);
        if ('refusal' in parsed) return `The definition of ${relation.name} could not be parsed.`;
        waiting.push({ statement: parsed.statement, within: `By ${relation.name}: ` });
      }
    }
  }
  return undefined;
}

async function volatileFunction(
  session: Session,
  functions: readonly NamedObject[],
): Promise<string | undefined> {
  if (functions.length === 0) return undefined;
  const rows = await session.query(
    `select distinct n.nspname::text as schema, p.proname::text as name
     from pg_catalog.pg_proc as p
     join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     where p.proname = any ($1::name[])
       and p.provolatile = 'v'
     order by 1, 2`,
    [functions.map(({ name }) => name)],
  );
  const found = rows.find(
    (row) =>
      !(row.schema === 'pg_catalog' && harmless.has(String(row.name))) &&
      functions.some(({ schema, name }) => name === row.name && (schema === null || schema === row.schema)),
  );
  return found && `${found.schema}.${found.name}()`;
}

/** `row.name` calls name(row) where the row has no such column; for a table that has one too nothing is let through. */
async function volatileAttribute(
  session: Session,
  attributes: readonly string[],
): Promise<string | undefined> {
  if (attributes.length === 0) return undefined;
  const [found] = await session.query(
    `select n.nspname::text as schema, p.proname::text as name
     from pg_catalog.pg_proc as p
     join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     join pg_catalog.pg_type as t on t.oid = p.proargtypes[0]
     where p.proname = any ($1::name[])
       and p.provolatile = 'v'
       and p.pronargs - p.pronargdefaults <= 1
       and t.typtype in ('c', 'd', 'p')
       and n.nspname <> 'pg_catalog'
     order by 1, 2
     limit 1`,
    [[...new Set(attributes)]],
  );
  return found && `${found.schema}.${found.name}()`;
}

async function volatileOperator(
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
       and p.provolatile = 'v'
     limit 1`,
    [operators.map(({ name }) => name)],
  );
  return found && `the operator ${found.schema}.${found.name}`;
}

/** All relations of these names (whatever schema an unqualified one is found in), with their partitions. */
async function relationsOf(
  session: Session,
  relations: readonly NamedObject[],
  schemas: readonly string[],
): Promise<Relation[]> {
  if (relations.length === 0) return [];
  const rows = await session.query(
    `with recursive named as (
       select distinct c.oid
       from unnest($1::name[], $2::name[]) as wanted (schema, name)
       join pg_catalog.pg_class as c on c.relname = wanted.name
       join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
       where c.relkind in ('r', 'v', 'm', 'f', 'p')
         and (n.nspname = wanted.schema
           or wanted.schema is null and n.nspname = any ($3::name[]))
     ),
     family as (
       select oid from named
       union
       select i.inhrelid
       from family
       join pg_catalog.pg_inherits as i on i.inhparent = family.oid
     )
     select c.oid::text as oid, c.relkind::text as kind, c.oid::regclass::text as name,
       case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end as definition,
       (
         select json_agg(pg_catalog.pg_get_expr(p.polqual, p.polrelid))
         from pg_catalog.pg_policy as p
         where p.polrelid = c.oid
           and p.polqual is not null
           and c.relrowsecurity
       )::text as policies
     from family
     join pg_catalog.pg_class as c on c.oid = family.oid
     where c.relkind in ('v', 'f') or c.relrowsecurity
     limit ${mostViews + 1}`,
    [relations.map(({ schema }) => schema), relations.map(({ name }) => name), schemas],
  );
  return rows.map((row) => ({
    oid: String(row.oid),
    kind: String(row.kind),
    name: String(row.name),
    definition: row.definition === null ? null : String(row.definition),
    policies: row.policies === null ? [] : (JSON.parse(String(row.policies)) as string[]),
  }));
}
