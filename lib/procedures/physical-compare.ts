import { messageOf } from '@/lib/base/errors';
import type { Session, StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import type { ReadTable } from '@/lib/procedures/physical-validate';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

/** What was written to each table so far: when it has not moved, neither have the rows. */
export type WriteCounts = Map<string, { writes: string; bytes: number }>;

const databasesAsked = 50;
/** Larger tables are not counted on a live server for a drill's sake. */
const largestBytes = 1024 ** 3;
const budgetMs = 120_000;
/** A session that goes idle tells what it wrote within ten seconds (src/backend/utils/activity/pgstat.c). */
const statisticsLagMs = 15_000;

const keyOf = (database: string, schema: string, name: string) => JSON.stringify([database, schema, name]);

/** Reads how much was written to each table of the source, and in which file it lies: TRUNCATE gives it a new one. */
export async function readWrites(ctx: Pick<StepContext, 'connect' | 'signal'>): Promise<WriteCounts> {
  const counts: WriteCounts = new Map();
  const first = await ctx.connect('backup');
  const names = await first.query(
    `select datname::text as name from pg_database
     where datallowconn and not datistemplate order by 1 limit ${databasesAsked}`,
  );
  await first.close();
  for (const { name } of names) {
    const session = await ctx.connect('backup', String(name));
    try {
      await readInto(counts, session, String(name));
    } finally {
      await session.close();
    }
  }
  return counts;
}

async function readInto(counts: WriteCounts, session: Session, database: string): Promise<void> {
  const rows = await session.query(
    `select s.schemaname::text as schema, s.relname::text as name, pg_table_size(s.relid)::float8 as bytes,
       concat_ws(' ', s.n_tup_ins, s.n_tup_upd, s.n_tup_del, pg_relation_filenode(s.relid)) as writes
     from pg_stat_user_tables s`,
  );
  for (const { schema, name, bytes, writes } of rows) {
    counts.set(keyOf(database, String(schema), String(name)), {
      writes: String(writes),
      bytes: Number(bytes),
    });
  }
}

/**
 * Compares rows of the copy with the living source where that is exact: in tables that nobody has written to since
 * before the moment the copy stands at. The others are named as being written, not compared.
 */
export async function compareWithSource(
  ctx: Pick<StepContext, 'connect' | 'signal' | 'progress'>,
  tables: readonly ReadTable[],
  before: WriteCounts,
): Promise<{ checks: DrillCheck[]; notChecked: string[] }> {
  const notChecked: string[] = [];
  const wrong: string[] = [];
  const written: string[] = [];
  let compared = 0;
  let skipped = 0;
  const until = Date.now() + budgetMs;
  const readable = tables.filter(({ rows }) => rows !== null);
  try {
    for (const database of new Set(readable.map((table) => table.database))) {
      ctx.signal.throwIfAborted();
      const session = await ctx.connect('backup', database);
      try {
        const ofDatabase = readable.filter((table) => table.database === database);
        const found = await compareDatabase(session, ofDatabase, before, until);
        written.push(...found.written);
        wrong.push(...found.wrong);
        compared += found.compared;
        skipped += found.skipped;
        ctx.progress(compared, tables.length, 'comparing with the source');
      } finally {
        await session.close();
      }
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    notChecked.push(`rows against the source: it could not be asked to the end (${messageOf(error)})`);
  }
  if (written.length > 0) {
    notChecked.push(`rows of ${written.length} tables that are being written: ${shownList(written, 20)}`);
  }
  if (skipped > 0) {
    notChecked.push(
      `rows of ${skipped} tables against the source: new, over 1 GiB, or no time was left for them`,
    );
  }
  if (compared + wrong.length === 0) return { checks: [], notChecked };
  const detail =
    wrong.length > 0
      ? shownList(wrong)
      : `${compared} tables that nobody writes to have as many rows as the source.`;
  return {
    checks: [{ name: 'rows-as-source', verdict: wrong.length > 0 ? 'fail' : 'pass', detail }],
    notChecked,
  };
}

async function compareDatabase(
  session: Session,
  tables: readonly ReadTable[],
  before: WriteCounts,
  until: number,
): Promise<{ compared: number; skipped: number; written: string[]; wrong: string[] }> {
  const result = { compared: 0, skipped: 0, written: [] as string[], wrong: [] as string[] };
  const keyed = tables.map((table) => ({ table, key: keyOf(table.database, table.schema, table.name) }));
  const writesNow = async () => {
    const counts: WriteCounts = new Map();
    await readInto(counts, session, tables[0]?.database ?? '');
    return counts;
  };
  const counted: { table: ReadTable; key: string; count: number }[] = [];
  const atFirst = await writesNow();
  for (const { table, key } of keyed) {
    const known = before.get(key);
    if (!known || known.bytes > largestBytes || Date.now() > until) {
      result.skipped += 1;
    } else if (atFirst.get(key)?.writes !== known.writes) {
      result.written.push(`${table.schema}.${table.name} in ${table.database}`);
    } else {
      const [row] = await session.query(
        `select count(*)::float8 as count from only ${qualified(table.schema, table.name)}`,
        [],
        { deadlineMs: budgetMs },
      );
      counted.push({ table, key, count: Number(row?.count) });
    }
  }
  let after = await writesNow();
  const isWritten = ({ key }: { key: string }) => after.get(key)?.writes !== before.get(key)?.writes;
  const differs = counted.filter(({ table, count }) => count !== table.rows);
  // Statistics come late: a difference that somebody's write explains is none.
  const lateUntil = Date.now() + statisticsLagMs;
  while (differs.some((one) => !isWritten(one)) && Date.now() < lateUntil) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    after = await writesNow();
  }
  for (const one of counted) {
    const { table, count } = one;
    const name = `${table.schema}.${table.name} in ${table.database}`;
    if (isWritten(one)) result.written.push(name);
    else if (count === table.rows) result.compared += 1;
    else result.wrong.push(`${name} has ${table.rows} rows, the source ${count}`);
  }
  return result;
}
