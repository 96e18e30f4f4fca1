import type { Session } from '@/lib/engine/define-job';
import {
  domainsOf,
  refusedAttribute,
  refusedCast,
  refusedFunction,
  refusedOperator,
} from '@/lib/procedures/explain-safety-calls';
import { type NamedObject, type ParsedStatement, parseStatement } from '@/lib/procedures/statement-parse';

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
 * Why a statement must not be executed although it reads by its parse: it calls, itself or by a view, a policy or a
 * domain, what may do more than read (lib/procedures/explain-safety-calls.ts has the rule), or it asks another server.
 * Undefined when nothing speaks against it. `schemas` are those that unqualified names are looked up in. This is the
 * outer wall: the transaction is read-only, and the login may only watch.
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
      (await refusedFunction(session, next.statement.functions)) ??
      (await refusedAttribute(session, next.statement.attributes)) ??
      (await refusedOperator(session, next.statement.operators)) ??
      (await refusedCast(session, next.statement.types));
    if (called) return `${within}It calls ${called}`;
    for (const { name, texts } of await domainsOf(session, next.statement.types)) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const text of texts) {
        const parsed = await parseStatement(text);
        if ('refusal' in parsed) return `A constraint of ${name} could not be parsed.`;
        waiting.push({ statement: parsed.statement, within: `By the domain ${name}: ` });
      }
    }
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
