import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';

export interface Leftover {
  oid: number;
  schema: string;
  name: string;
}

/** How many short attempts a plain DROP INDEX gets; each may hold up the table for half a second at most. */
const plainAttempts = 10;

/**
 * Invalid indexes that an ended rebuild left on the table: a new one that was not there before, called `…_ccnew`,
 * or the old one itself, by then called `…_ccold`. Anything else on the table is not ours to drop, not even an index
 * that is to be rebuilt and happens to be called like that.
 */
export async function findLeftovers(
  session: Session,
  tableOid: number,
  index: { oid: number; name: string; indexesBefore: readonly number[] },
): Promise<Leftover[]> {
  const rows = await session.query(
    `select c.oid, n.nspname::text as schema, c.relname::text as name
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = $1::oid and not i.indisvalid
       and ((c.relname ~ '_ccnew[0-9]*$' and c.oid <> all ($2::oid[]))
         or (c.relname ~ '_ccold[0-9]*$' and c.oid = $3::oid and c.relname <> $4))
     order by c.oid`,
    [tableOid, index.indexesBefore, index.oid, index.name],
  );
  return rows.map((row) => ({ oid: Number(row.oid), schema: String(row.schema), name: String(row.name) }));
}

/**
 * Drops leftovers: first concurrently, which blocks nobody but waits for the table's transactions; then, if those go
 * on, plainly in short attempts.
 *
 * @throws PlumblineError `timed-out` that names what is left and the statement that removes it.
 */
export async function dropLeftovers(
  session: Session,
  leftovers: readonly Leftover[],
  log: (level: 'info' | 'warn', text: string) => void,
): Promise<string[]> {
  const dropped: string[] = [];
  for (const { schema, name } of leftovers) {
    const index = qualified(schema, name);
    try {
      await session.query('set lock_timeout = 0');
      await session.query(`drop index concurrently if exists ${index}`, [], { deadlineMs: 10_000 });
    } catch (error) {
      log('warn', `Dropping ${index} concurrently: ${messageOf(error)}`);
      await dropPlainly(session, index);
    }
    log('info', `Dropped the unfinished index ${index}.`);
    dropped.push(index);
  }
  return dropped;
}

async function dropPlainly(session: Session, index: string): Promise<void> {
  await session.query(`set lock_timeout = '500ms'`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.query(`drop index if exists ${index}`);
      return;
    } catch (error) {
      if (attempt < plainAttempts) continue;
      throw new PlumblineError(
        'timed-out',
        `The unfinished index ${index} could not be dropped: ${messageOf(error)}`,
        {
          next: `It is invalid and only costs space and writes. Run: drop index concurrently ${index};`,
          cause: error,
        },
      );
    }
  }
}
