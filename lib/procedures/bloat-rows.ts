import {
  btreePagesNeeded,
  heapPagesNeeded,
  parseShapes,
  toastPagesNeeded,
} from '@/lib/engine/bloat-estimate';
import type { CheckRow } from '@/lib/engine/define-check';

/** The raw figures of a row, which only the estimate needs, and what is shown of it. */
function reckon(row: CheckRow, pagesNeeded: typeof heapPagesNeeded, method: string): CheckRow {
  const { rows, pages, page, fillfactor, shape, not_known: notKnown, ...shown } = row;
  const pageBytes = Number(page);
  const bytes = Number(pages) * pageBytes;
  const columns = notKnown === null ? parseShapes(String(shape ?? '')) : undefined;
  const needed =
    columns &&
    pagesNeeded({ rows: Math.max(0, Number(rows)), columns, pageBytes, fillfactor: Number(fillfactor) });
  const bloat = needed === undefined ? null : Math.max(0, bytes - needed * pageBytes);
  return {
    ...shown,
    bytes,
    bloat_bytes: bloat,
    bloat_percent: bloat === null ? null : (100 * bloat) / bytes,
    method,
    not_known: notKnown ?? (columns ? null : 'some columns have no statistics'),
  };
}

const byBloat = (left: CheckRow, right: CheckRow) =>
  Number(right.bloat_bytes ?? right.bytes) - Number(left.bloat_bytes ?? left.bytes);

/** Rows of `tableBloatSql` with the dead space of the table, and that of its TOAST apart (at least so much). */
export function tableBloatRows(rows: readonly CheckRow[]): CheckRow[] {
  return rows
    .map(({ toast_pages: pages, toast_chunks: chunks, ...row }) => {
      const pageBytes = Number(row.page);
      const isKnown = typeof pages === 'number' && typeof chunks === 'number' && chunks >= 0;
      return {
        ...reckon(row, heapPagesNeeded, 'estimate'),
        toast_bytes: typeof pages === 'number' ? pages * pageBytes : null,
        toast_bloat_bytes: isKnown ? Math.max(0, pages - toastPagesNeeded(chunks)) * pageBytes : null,
      };
    })
    .sort(byBloat);
}

/** Rows of `indexBloatSql` with the dead space of each btree: at least so much, since equal keys may share an entry. */
export function indexBloatRows(rows: readonly CheckRow[]): CheckRow[] {
  return rows.map((row) => reckon(row, btreePagesNeeded, 'estimate, at least')).sort(byBloat);
}
