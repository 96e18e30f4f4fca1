import type { CheckRow } from '@/lib/engine/define-check';
import type { Session } from '@/lib/engine/define-job';
import { indexBloatRows, tableBloatRows } from '@/lib/procedures/bloat-rows';
import {
  indexBloatSql,
  type StatisticsSource,
  statisticsHelper,
  tableBloatSql,
} from '@/lib/procedures/bloat-sql';

/** A file that may hold dead space. */
export type Suspect = {
  part: 'table' | 'toast' | 'index';
  schema: string;
  table: string;
  /** Null but for an index. */
  index: string | null;
  bytes: number;
  /** The estimate, where there is one. */
  estimatedBytes: number | null;
};

/** Below this nobody gains by measuring. */
const leastBytes = 1024 * 1024;

/** The helper is used where it may be called and belongs to a superuser: anybody else's could do what it likes. */
async function sourceOf(session: Session): Promise<StatisticsSource> {
  const rows = await session.query(
    `select
     from pg_proc as helper
     join pg_roles as owner on owner.oid = helper.proowner
     where helper.oid = to_regprocedure($1)
       and owner.rolsuper
       and has_function_privilege(helper.oid, 'execute')
       and has_schema_privilege(helper.pronamespace, 'usage')`,
    [statisticsHelper],
  );
  return rows.length > 0 ? 'helper' : 'pg_stats';
}

const numberOf = (value: CheckRow[string] | undefined) => (typeof value === 'number' ? value : null);

/**
 * Tables, their TOAST and btree indexes of a database, the biggest suspects first: by what the estimate finds, and
 * where there is none by size, since then all of it might be dead space.
 */
export async function readSuspects(session: Session): Promise<Suspect[]> {
  const source = await sourceOf(session);
  const tables = tableBloatRows(await session.query(tableBloatSql(source)));
  const indexes = indexBloatRows(await session.query(indexBloatSql(source)));
  const named = (row: CheckRow) => ({ schema: String(row.schema), table: String(row.table) });
  const suspects: Suspect[] = [
    ...tables.flatMap((row): Suspect[] => [
      {
        ...named(row),
        part: 'table',
        index: null,
        bytes: Number(row.bytes),
        estimatedBytes: numberOf(row.bloat_bytes),
      },
      {
        ...named(row),
        part: 'toast',
        index: null,
        bytes: Number(row.toast_bytes ?? 0),
        estimatedBytes: numberOf(row.toast_bloat_bytes),
      },
    ]),
    ...indexes.map(
      (row): Suspect => ({
        ...named(row),
        part: 'index',
        index: String(row.index),
        bytes: Number(row.bytes),
        estimatedBytes: numberOf(row.bloat_bytes),
      }),
    ),
  ];
  const weight = ({ estimatedBytes, bytes }: Suspect) => estimatedBytes ?? bytes;
  return suspects
    .filter(({ bytes }) => bytes >= leastBytes)
    .sort((left, right) => weight(right) - weight(left));
}

/** Those that fit the budget, in order; one that does not fit leaves room for smaller ones after it. */
export function withinBudget(suspects: readonly Suspect[], budgetBytes: number): Suspect[] {
  let left = budgetBytes;
  return suspects.filter(({ bytes }) => {
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}
