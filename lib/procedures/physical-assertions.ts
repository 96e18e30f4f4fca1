import { messageOf } from '@/lib/base/errors';
import { quoteIdent } from '@/lib/instance/quote';
import type { PhysicalServer } from '@/lib/procedures/physical-server';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

const role = 'plumbline_assertions';
const deadlineMs = 600_000;

/** `database: select …` as a line of a form says it; undefined when it has no database or no statement. */
export function readAssertion(line: string): { database: string; sql: string } | undefined {
  const at = line.indexOf(':');
  const database = line.slice(0, at).trim();
  const sql = line.slice(at + 1).trim();
  return at > 0 && database !== '' && sql !== '' ? { database, sql } : undefined;
}

/**
 * Asks a copy people's own questions: each must return no row, or one whose first column is true. They run as a role
 * that may read and nothing else: a superuser's statement could start programs on this machine, copy or not.
 */
export async function checkAssertions(
  server: PhysicalServer,
  lines: readonly string[],
): Promise<DrillCheck[]> {
  if (lines.length === 0) return [];
  const owner = await server.connect();
  try {
    await owner.query(`create role ${quoteIdent(role)} login`);
    await owner.query(`grant pg_read_all_data to ${quoteIdent(role)}`);
  } finally {
    await owner.close();
  }
  const wrong: string[] = [];
  for (const [index, line] of lines.entries()) {
    const problem = await askOne(server, line);
    if (problem) wrong.push(`${index + 1}. (${line.slice(0, 80)}): ${problem}`);
  }
  return [
    wrong.length > 0
      ? { name: 'assertions', verdict: 'fail', detail: shownList(wrong) }
      : { name: 'assertions', verdict: 'pass', detail: `${lines.length} of your own hold.` },
  ];
}

async function askOne(server: PhysicalServer, line: string): Promise<string | undefined> {
  const assertion = readAssertion(line);
  if (!assertion) return 'write it as “database: statement”';
  try {
    const session = await server.connect(assertion.database, role);
    try {
      await session.query('set default_transaction_read_only = on');
      const rows = await session.query(assertion.sql, [], { deadlineMs });
      const [first] = rows;
      if (!first) return undefined;
      if (rows.length === 1 && Object.values(first)[0] === true) return undefined;
      const shown = JSON.stringify(Object.values(first)).slice(0, 120);
      return `it returned ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, such as ${shown}`;
    } finally {
      await session.close();
    }
  } catch (error) {
    return messageOf(error);
  }
}
