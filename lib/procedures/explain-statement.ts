import type { QueryOptions, Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import { type ExplainRefusal, refusalOf } from '@/lib/procedures/explain-refusal';
import { whyNotExecuted } from '@/lib/procedures/explain-safety';
import type { ParsedStatement } from '@/lib/procedures/statement-parse';

/**
 * `given`: planned as it stands, with its own constants. `generic`: for any values of its parameters. `analyzed`:
 * executed, with the values that a person gave.
 */
export type ExplainMode = 'given' | 'generic' | 'analyzed';

export interface ExplainWish {
  text: string;
  statement: ParsedStatement;
  mode: ExplainMode;
  parameters: number;
  /** The values of `$1`, `$2` … for `analyzed`. */
  values: readonly (string | null)[];
  searchPath: string;
  timeoutMs: number;
  serverVersionNum: number;
}

export type Explained = { plan: string; durationMs: number } | { refusal: ExplainRefusal };

const prepared = 'plumbline_explain';
const genericPlanSince = 160_000;

/**
 * The statements that are sent, in order. From 16 on the planner itself takes `$n` for any value (PostgreSQL
 * documentation, EXPLAIN: GENERIC_PLAN); before, a prepared statement is planned with nulls that nobody looks at.
 */
export function explainStatements(
  wish: Pick<ExplainWish, 'text' | 'mode' | 'parameters' | 'serverVersionNum'>,
): string[] {
  const { text, mode, parameters } = wish;
  if (mode === 'analyzed') return [`explain (analyze, buffers, settings, format json) ${text}`];
  if (mode === 'given' || parameters === 0) return [`explain (settings, format json) ${text}`];
  if (wish.serverVersionNum >= genericPlanSince)
    return [`explain (generic_plan, settings, format json) ${text}`];
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  return [
    `prepare ${prepared} as ${text}`,
    `explain (settings, format json) execute ${prepared}(${nulls})`,
    `deallocate ${prepared}`,
  ];
}

/** Thrown inside of the transaction, so that it ends there. */
class NotExecuted extends Error {}

/**
 * Asks for a plan in one read-only transaction with time limits, rolled back at its end. Nothing is executed unless the
 * mode is `analyzed` and nothing speaks against it; the planner itself may call functions that say they are immutable.
 */
export async function explain(session: Session, wish: ExplainWish): Promise<Explained> {
  const limits = { readOnly: true, statementTimeoutMs: wish.timeoutMs, lockTimeoutMs: 1_000 };
  let schemas: string[] = [];
  try {
    return await withTransaction(session, limits, async (inner) => {
      schemas = await schemasOf(inner, wish.searchPath);
      if (wish.mode === 'analyzed') {
        const why = await whyNotExecuted(inner, wish.statement, schemas);
        if (why) throw new NotExecuted(why);
      }
      const started = performance.now();
      return { plan: await askPlanner(inner, wish), durationMs: performance.now() - started };
    });
  } catch (error) {
    if (error instanceof NotExecuted) {
      const next = 'Look at its plan without executing it.';
      return {
        refusal: { reason: `It is not executed. ${error.message}`, next, sqlState: null, mend: null },
      };
    }
    const limited = { ...limits, statementTimeoutMs: 5_000 };
    const lookUp = <T>(act: (inner: Session) => Promise<T>) => withTransaction(session, limited, act);
    return { refusal: await refusalOf(error, wish.statement, schemas, lookUp) };
  }
}

/** The schemas of a search path that are there; our own look-ups go on in pg_catalog alone. */
async function schemasOf(session: Session, searchPath: string): Promise<string[]> {
  await setPath(session, searchPath);
  const [row] = await session.query(
    'select pg_catalog.array_to_json(pg_catalog.current_schemas(true)) as all',
  );
  await setPath(session, 'pg_catalog, pg_temp');
  return JSON.parse(String(row?.all ?? '[]')) as string[];
}

async function setPath(session: Session, searchPath: string): Promise<void> {
  await session.query(
    `select pg_catalog.set_config('search_path', $1, true),
       pg_catalog.set_config('standard_conforming_strings', 'on', true),
       pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)`,
    [searchPath],
  );
}

async function askPlanner(session: Session, wish: ExplainWish): Promise<string> {
  const statements = explainStatements(wish);
  let answer = '';
  await setPath(session, wish.searchPath);
  await session.query('savepoint before_plan');
  try {
    for (const statement of statements.slice(0, 2)) {
      const [row] = await session.query(statement, ...howToSend(wish));
      answer = String(row?.['QUERY PLAN'] ?? '');
    }
  } finally {
    await session.query('rollback to savepoint before_plan');
    // It outlives the transaction, and a pooler would hand it on to others.
    if (statements[2]) await session.query(statements[2]).catch(() => undefined);
  }
  return answer;
}

/**
 * A value that is bound would be planned with, generic or not: then `x = $1` becomes a constant false. So `$n` go as a
 * part of the text; the parser has said that it is one statement.
 */
function howToSend({ mode, parameters, values, serverVersionNum }: ExplainWish): [unknown[], QueryOptions] {
  if (mode === 'analyzed') return [[...values], {}];
  const isOpen = mode === 'generic' && parameters > 0 && serverVersionNum >= genericPlanSince;
  return [[], isOpen ? { simple: true } : {}];
}

/**
 * Where names without a schema are looked up for a user in this database: as their sessions have it when the
 * application does not set it itself (PostgreSQL documentation, 20.1.3: the more special setting wins).
 */
export async function searchPathOf(session: Session, username: string | undefined): Promise<string> {
  const [row] = await session.query(
    `select coalesce(
       (
         select split_part(setting, '=', 2)
         from pg_catalog.pg_db_role_setting as s
         cross join unnest(s.setconfig) as setting
         left join pg_catalog.pg_database as d on d.oid = s.setdatabase
         left join pg_catalog.pg_roles as r on r.oid = s.setrole
         where setting like 'search\\_path=%'
           and (s.setdatabase = 0 or d.datname = current_database())
           and (s.setrole = 0 or r.rolname = $1)
         order by s.setrole <> 0 desc, s.setdatabase <> 0 desc
         limit 1
       ),
       (select reset_val from pg_catalog.pg_settings where name = 'search_path')
     ) as path`,
    [username ?? ''],
  );
  const path = String(row?.path ?? '"$user", public');
  return username ? path.replace(/"?\$user"?/g, () => quoteIdent(username)) : path;
}

/** The text that the server has of a query id; undefined when it was evicted, or when there is no such extension. */
export async function textOnServer(
  session: Session,
  of: { database: string; queryid: string },
): Promise<string | undefined> {
  const [extension] = await session.query(
    `select n.nspname::text as schema
     from pg_catalog.pg_extension as e
     join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
     where e.extname = 'pg_stat_statements'`,
  );
  if (!extension) return undefined;
  const [row] = await session.query(
    `select s.query
     from ${qualified(String(extension.schema), 'pg_stat_statements')}(true) as s
     join pg_catalog.pg_database as d on d.oid = s.dbid
     where s.queryid = $1::int8
       and d.datname = $2
       and s.query is not null
     order by s.userid, s.query
     limit 1`,
    [of.queryid, of.database],
  );
  return row ? String(row.query) : undefined;
}
