import { formatDuration } from '@/lib/base/format';
import {
  btreePagesNeeded,
  heapPagesNeeded,
  parseShapes,
  toastPagesNeeded,
} from '@/lib/engine/bloat-estimate';
import type { FilePart, FindMeasured } from '@/lib/engine/bloat-measured';
import type { CheckRow } from '@/lib/engine/define-check';

/** Nothing was measured. */
const nothing: FindMeasured = () => undefined;

interface File {
  part: FilePart;
  name: string;
  pagesNeeded: typeof heapPagesNeeded;
  method: string;
  measured: FindMeasured;
}

/**
 * The raw figures of a row, which only the estimate needs, and what is shown of it. What is judged (`dead_…`) is the
 * measurement while it is current, and the estimate without one.
 */
function reckon(row: CheckRow, { part, name, pagesNeeded, method, measured }: File): CheckRow {
  const {
    rows,
    pages,
    page,
    fillfactor,
    shape,
    rows_written,
    live_rows,
    not_known: notKnown,
    ...shown
  } = row;
  const pageBytes = Number(page);
  const bytes = Number(pages) * pageBytes;
  const columns = notKnown === null ? parseShapes(String(shape ?? '')) : undefined;
  const needed =
    columns &&
    pagesNeeded({ rows: Math.max(0, Number(rows)), columns, pageBytes, fillfactor: Number(fillfactor) });
  const bloat = needed === undefined ? null : Math.max(0, bytes - needed * pageBytes);
  const percent = bloat === null ? null : (100 * bloat) / bytes;
  const why = notKnown ?? (columns ? null : 'some columns have no statistics');
  const exact = measured(part, String(row.schema), name, {
    rowsWritten: typeof rows_written === 'number' ? rows_written : null,
    liveRows: typeof live_rows === 'number' ? live_rows : null,
    bytes,
  });
  const age = typeof row.statistics_age_seconds === 'number' ? row.statistics_age_seconds : null;
  return {
    ...shown,
    bytes,
    bloat_bytes: bloat,
    bloat_percent: percent,
    method,
    not_known: why,
    dead_bytes: exact?.bloatBytes ?? bloat,
    dead_percent: exact?.bloatPercent ?? percent,
    dead_not_known: exact ? null : why,
    known_by: exact
      ? `measured by ${exact.method} ${formatDuration(exact.ageSeconds)} ago`
      : why === null
        ? `estimated from statistics ${age === null ? 'of unknown age' : `${formatDuration(age)} old`}`
        : null,
  };
}

const byBloat = (left: CheckRow, right: CheckRow) =>
  Number(right.dead_bytes ?? right.bytes) - Number(left.dead_bytes ?? left.bytes);

/** Rows of `tableBloatSql` with the dead space of the table, and that of its TOAST apart (at least so much). */
export function tableBloatRows(rows: readonly CheckRow[], measured: FindMeasured = nothing): CheckRow[] {
  const file = { part: 'table' as const, pagesNeeded: heapPagesNeeded, method: 'estimate', measured };
  return rows
    .map(({ toast_pages: pages, toast_chunks: chunks, ...row }) => {
      const pageBytes = Number(row.page);
      const isKnown = typeof pages === 'number' && typeof chunks === 'number' && chunks >= 0;
      return {
        ...reckon(row, { ...file, name: String(row.table) }),
        toast_bytes: typeof pages === 'number' ? pages * pageBytes : null,
        toast_bloat_bytes: isKnown ? Math.max(0, pages - toastPagesNeeded(chunks)) * pageBytes : null,
      };
    })
    .sort(byBloat);
}

/** Rows of `indexBloatSql` with the dead space of each btree: at least so much, since equal keys may share an entry. */
export function indexBloatRows(rows: readonly CheckRow[], measured: FindMeasured = nothing): CheckRow[] {
  const file = {
    part: 'index' as const,
    pagesNeeded: btreePagesNeeded,
    method: 'estimate, at least',
    measured,
  };
  return rows.map((row) => reckon(row, { ...file, name: String(row.index) })).sort(byBloat);
}
