import type { AnswerRows } from '@/lib/contract/copies';
import type { Session } from '@/lib/engine/define-job';
import { withTransaction } from '@/lib/instance/transaction';
import { cellsOf } from '@/lib/procedures/copy-answer';
import { whyNotExecuted } from '@/lib/procedures/explain-safety';
import { searchPathOf } from '@/lib/procedures/explain-statement';
import type { ParsedStatement } from '@/lib/procedures/statement-parse';

/** A page is not a place to carry a table away. */
export const mostRows = 500;

/** Catalogues that hold passwords: pg_read_all_data may read them, and no rescue needs them. */
const secretRelations = new Set([
  'pg_authid',
  'pg_shadow',
  'pg_user_mapping',
  'pg_user_mappings',
  'pg_subscription',
]);
/** Stable functions that read whatever table or schema their argument names. */
const readsByName = /^(table|schema|database)_to_xml/;

/** Why a statement is not asked of a copy, by its words alone. */
function whySecret({ relations, functions }: ParsedStatement): string | undefined {
  const relation = relations.find(({ name }) => secretRelations.has(name));
  if (relation) return `${relation.name} holds passwords.`;
  const called = functions.find(({ name }) => readsByName.test(name));
  return called && `${called.name}() reads what its text names; name the table in the statement.`;
}

const setPath = (session: Session, path: string) =>
  session.query(`select pg_catalog.set_config('search_path', $1, true)`, [path]);

/**
 * Asks one statement that only reads of a copy, as a role that may read all data and nothing else, in a read-only
 * transaction. Row security is an error, not a silent gap: a row that is hidden is not a row that is lost.
 *
 * @returns the rows, or why it is not executed.
 */
export async function askCopy(
  session: Session,
  of: { text: string; statement: ParsedStatement; timeoutMs: number },
): Promise<{ answer: AnswerRows } | { refusal: string }> {
  const secret = whySecret(of.statement);
  if (secret) return { refusal: secret };
  const path = await searchPathOf(session, undefined);
  const limits = { readOnly: true, statementTimeoutMs: of.timeoutMs, lockTimeoutMs: 2_000 };
  return withTransaction(session, limits, async (inner) => {
    await setPath(inner, path);
    const [row] = await inner.query(
      'select pg_catalog.array_to_json(pg_catalog.current_schemas(true))::text as all',
    );
    const schemas = JSON.parse(String(row?.all)) as string[];
    await setPath(inner, 'pg_catalog, pg_temp');
    const why = await whyNotExecuted(inner, of.statement, schemas);
    if (why) return { refusal: why };
    await inner.query('set local row_security = off');
    await setPath(inner, path);
    // The copy's user is a superuser, whose functions reach its files.
    await inner.query('set local role pg_read_all_data');
    await inner.query(`declare plumbline_answer no scroll cursor for ${of.text}`);
    const rows = await inner.query(`fetch forward ${mostRows + 1} from plumbline_answer`);
    const names = Object.keys(rows[0] ?? {});
    const notes =
      rows.length > mostRows
        ? [`Only the first ${mostRows} rows are shown; narrow the statement.`]
        : rows.length === 0
          ? ['No row.']
          : [];
    const answer: AnswerRows = {
      columns: names.map((name) => ({ name, kind: 'text' })),
      rows: cellsOf(rows.slice(0, mostRows), names),
      notes,
    };
    return { answer };
  });
}
