import type { Session } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { ParsedStatement } from '@/lib/procedures/statement-parse';

/** Why a server gave no plan, and what would help. */
export interface ExplainRefusal {
  /** The server's own words, or ours. */
  reason: string;
  sqlState: string | null;
  next: string;
  /** Statements that mend it. */
  mend: string | null;
}

const writeVerbs = { insert: 'insert', update: 'update', delete: 'delete' } as const;

/** Turns the server's refusal into what a person can do about it. @throws what is no refusal (a lost connection). */
export async function refusalOf(
  error: unknown,
  statement: ParsedStatement,
  schemas: readonly string[],
  lookUp: <T>(act: (session: Session) => Promise<T>) => Promise<T>,
): Promise<ExplainRefusal> {
  if (!(error instanceof InstanceError) || error.sqlState === undefined) throw error;
  const said = { reason: error.message, sqlState: error.sqlState, mend: null };
  if (error.sqlState === '42501') {
    return { ...said, ...(await lookUp((session) => missingRights(session, statement, schemas))) };
  }
  return { ...said, next: nextOf(error.sqlState) };
}

function nextOf(sqlState: string): string {
  if (sqlState === '42P01' || sqlState === '42883' || sqlState === '3F000') {
    return 'It may be gone, a temporary table of the application, or in a schema that this user’s search_path does not name. Give the text with qualified names.';
  }
  if (sqlState === '42P18' || sqlState === '42725' || sqlState === '42804') {
    return 'Without their values the types of the parameters are not known. Give the text with the constants written out.';
  }
  if (sqlState === '42601') {
    return 'pg_stat_statements puts $n where only a constant may stand, or this version does not know the syntax. Give the text with the constants written out.';
  }
  if (sqlState === '57014' || sqlState === '55P03') {
    return 'Raise the time limit, or try when the server is less busy.';
  }
  if (sqlState === '25006') return 'It would have written something; nothing was done.';
  if (sqlState.startsWith('22')) return 'Give each parameter a value of its column’s type.';
  return 'Give the text as the application sends it, with its constants.';
}

/** EXPLAIN asks for the rights of the statement itself (PostgreSQL documentation, EXPLAIN: Notes). */
async function missingRights(
  session: Session,
  statement: ParsedStatement,
  schemas: readonly string[],
): Promise<Pick<ExplainRefusal, 'next' | 'mend'>> {
  const { target, kind } = statement;
  const wanted = statement.relations.filter(
    ({ schema, name }) => schema !== null || !statement.cteNames.includes(name),
  );
  const rows = await session.query(
    `select distinct on (wanted.at) wanted.at, n.nspname::text as schema, c.relname::text as name,
       current_user::text as login,
       pg_catalog.has_schema_privilege(n.oid, 'usage') as may_use,
       pg_catalog.has_any_column_privilege(c.oid, 'select') as may_select
     from unnest($1::name[], $2::name[]) with ordinality as wanted (schema, name, at)
     join pg_catalog.pg_class as c on c.relname = wanted.name and c.relkind in ('r', 'v', 'm', 'f', 'p')
     join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
       and (n.nspname = wanted.schema
         or wanted.schema is null and n.nspname = any ($3::name[]))
     order by wanted.at, array_position($3::name[], n.nspname)`,
    [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name), schemas],
  );
  const login = String(rows[0]?.login ?? 'the watch login');
  const lines = new Set<string>();
  for (const row of rows) {
    const schema = String(row.schema);
    if (row.may_use === false)
      lines.add(`grant usage on schema ${quoteIdent(schema)} to ${quoteIdent(login)};`);
    if (row.may_select === false) {
      lines.add(`grant select on ${qualified(schema, String(row.name))} to ${quoteIdent(login)};`);
    }
  }
  const mend = lines.size > 0 ? [...lines].join('\n') : null;
  if (kind !== 'select' && target) {
    const right = kind === 'merge' ? 'insert, update and delete' : writeVerbs[kind];
    return {
      next: `A plan of this ${kind} asks for the right to ${right} in ${target.name}, which a login that watches should not have. Plan it by hand as the table’s owner: explain alone does not execute it.`,
      mend,
    };
  }
  return {
    next: 'Explain asks for the right to select. Grant it on these tables, or pg_read_all_data for all of them: with it the login could also read the rows.',
    mend,
  };
}
