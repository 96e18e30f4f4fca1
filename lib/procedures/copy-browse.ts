import type { AnswerRows } from '@/lib/contract/copies';
import type { OpenCopy, Session } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import { cellsOf } from '@/lib/procedures/copy-answer';

/** More tables than this are not listed. */
const mostTables = 5_000;
/** Exact counts stop when they have taken this long together; the rest stay estimates. */
const countingMs = 60_000;
const lookMs = 20_000;

const limits = { readOnly: true, statementTimeoutMs: lookMs, lockTimeoutMs: 2_000 };

/** Works with a session on one database of a copy, read only. */
export async function inCopy<T>(
  copy: Pick<OpenCopy, 'connect'>,
  database: string | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await copy.connect(database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The databases of a copy with their sizes. */
export async function listDatabases(session: Session): Promise<AnswerRows> {
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select datname::text as name, pg_database_size(oid)::float8 as bytes, pg_get_userbyid(datdba)::text as owner
       from pg_database where datallowconn and not datistemplate order by 1`,
    ),
  );
  return {
    columns: [
      { name: 'Database', kind: 'text' },
      { name: 'Size', kind: 'bytes' },
      { name: 'Owner', kind: 'text' },
    ],
    rows: cellsOf(rows, ['name', 'bytes', 'owner']),
    notes: [],
  };
}

export interface SeenTable {
  schema: string;
  name: string;
  kind: string;
  /** Null: never analyzed, so there is no estimate. */
  rows: number | null;
  isExact: boolean;
  bytes: number;
  columns: string[];
}

/** Tables of a database with estimates of their rows; partitions one by one. */
export async function readTableFacts(session: Session): Promise<SeenTable[]> {
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
         case when c.reltuples >= 0 then c.reltuples::float8 end as rows,
         case when c.relkind <> 'p' then pg_total_relation_size(c.oid)::float8 else 0 end as bytes,
         (select coalesce(json_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
            || case when a.attnotnull then ' not null' else '' end order by a.attname), '[]')::text
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
         and n.nspname <> 'information_schema'
       order by 1, 2
       limit ${mostTables}`,
    ),
  );
  return rows.map((row) => ({
    schema: String(row.schema),
    name: String(row.name),
    kind: String(row.kind),
    rows: typeof row.rows === 'number' ? row.rows : null,
    isExact: false,
    bytes: Number(row.bytes),
    columns: JSON.parse(String(row.columns)) as string[],
  }));
}

/**
 * Counts tables from their heaps, one after the other, until the time is over: `count(*)` by an index alone counts rows
 * of a destroyed page too. What could not be read keeps its estimate, and the reason is returned.
 */
export async function countExactly(
  session: Session,
  tables: SeenTable[],
  signal: AbortSignal,
): Promise<string[]> {
  const notes: string[] = [];
  const until = performance.now() + countingMs;
  for (const table of tables) {
    signal.throwIfAborted();
    const leftMs = until - performance.now();
    if (leftMs <= 0) {
      notes.push(`Counting took longer than ${countingMs / 1000} s; the rest are estimates.`);
      break;
    }
    try {
      await withTransaction(session, { ...limits, statementTimeoutMs: leftMs }, async (inner) => {
        for (const name of ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan']) {
          await inner.query(`set local ${name} = off`);
        }
        await inner.query('set local row_security = off');
        const only = table.kind === 'p' ? '' : 'only ';
        const [row] = await inner.query(
          `select count(*)::float8 as count from ${only}${qualified(table.schema, table.name)}`,
        );
        Object.assign(table, { rows: Number(row?.count), isExact: true });
      });
    } catch (error) {
      if (signal.aborted) throw error;
      notes.push(
        `${table.schema}.${table.name} could not be counted: ${error instanceof Error ? error.message : ''}`,
      );
    }
  }
  return notes;
}

const kindWords: Record<string, string> = { r: 'table', p: 'partitioned table', m: 'materialized view' };

export function tableRows(tables: readonly SeenTable[], notes: string[]): AnswerRows {
  return {
    columns: [
      { name: 'Schema', kind: 'text' },
      { name: 'Table', kind: 'text' },
      { name: 'Kind', kind: 'text' },
      { name: 'Rows', kind: 'count' },
      { name: 'Counted', kind: 'text' },
      { name: 'Size', kind: 'bytes' },
      { name: 'Columns', kind: 'count' },
    ],
    rows: tables.map(({ schema, name, kind, rows, isExact, bytes, columns }) => [
      schema,
      name,
      kindWords[kind] ?? kind,
      rows,
      isExact ? 'exactly' : rows === null ? 'never analyzed' : 'estimate',
      bytes,
      columns.length,
    ]),
    notes,
  };
}

/** The columns of one table, then its indexes. */
export async function listColumns(session: Session, schema: string, table: string): Promise<AnswerRows> {
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
         case when a.attnotnull then 'not null' else '' end as "notNull",
         coalesce(pg_get_expr(d.adbin, d.adrelid), case a.attidentity when '' then '' else 'identity' end) as value
       from pg_attribute a
       join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped
       order by a.attnum`,
      [schema, table],
    ),
  );
  const indexes = await withTransaction(session, limits, (inner) =>
    inner.query(
      'select indexdef as text from pg_indexes where schemaname = $1 and tablename = $2 order by indexname',
      [schema, table],
    ),
  );
  return {
    columns: [
      { name: 'Column', kind: 'text' },
      { name: 'Type', kind: 'text' },
      { name: 'Null', kind: 'text' },
      { name: 'Default', kind: 'text' },
    ],
    rows: cellsOf(rows, ['name', 'type', 'notNull', 'value']),
    notes: [
      ...(rows.length === 0 ? ['There is no such table in the copy.'] : []),
      ...indexes.map((row) => String(row.text)),
    ],
  };
}
