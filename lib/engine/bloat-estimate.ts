/** A stored column as pg_attribute and pg_stats tell of it. */
export interface ColumnShape {
  /** Bytes of a fixed-length type; -1 for types of varying length. */
  length: number;
  /** Bytes that a value must begin at a multiple of: 1, 2, 4 or 8. */
  align: number;
  /** 0 to 1. */
  nullShare: number;
  /** Mean bytes of a value as it is stored in the row: of one in TOAST, its pointer. */
  width: number;
}

/** Page and tuple headers (manual: Database Page Layout, B-Tree Structure). */
const pageHeader = 24;
const linePointer = 4;
const tupleHeader = 23;
const indexTupleHeader = 8;
const indexNullBitmap = 4;
const btreeSpecial = 16;
const maxAlign = 8;
/** Values shorter than this have a one-byte header, which needs no alignment. */
const shortest = 127;

const roundUp = (value: number, to: number) => Math.ceil(value / to) * to;

/**
 * Mean bytes of a row's columns with the padding between them. While all before are of fixed length and never null
 * the padding is known; after that the middle of what it can be is taken.
 */
function dataBytes(columns: readonly ColumnShape[]): number {
  let bytes = 0;
  let isExact = true;
  for (const { length, align, nullShare, width } of columns) {
    const isVarying = length < 0;
    const needs = isVarying && width < shortest ? 1 : align;
    const padding = isExact ? roundUp(bytes, needs) - bytes : (needs - 1) / 2;
    bytes += (1 - nullShare) * (padding + (isVarying ? width : length));
    if (isVarying || nullShare > 0) isExact = false;
  }
  return isExact ? roundUp(bytes, maxAlign) : roundUp(bytes, maxAlign / 2);
}

export interface HeapInput {
  rows: number;
  columns: readonly ColumnShape[];
  pageBytes: number;
  /** 0 to 1. */
  fillfactor: number;
}

/** Pages that a table's rows would need if they were packed; whole rows to a page, since none is split. */
export function heapPagesNeeded({ rows, columns, pageBytes, fillfactor }: HeapInput): number {
  const bitmap = columns.some(({ nullShare }) => nullShare > 0) ? Math.ceil(columns.length / 8) : 0;
  const row = roundUp(tupleHeader + bitmap, maxAlign) + dataBytes(columns) + linePointer;
  const perPage = Math.max(1, Math.floor(((pageBytes - pageHeader) * fillfactor) / row));
  return Math.ceil(rows / perPage);
}

/**
 * At most so many pages for a TOAST table's chunks: four of the longest fit on a page (manual: TOAST). Its values'
 * last chunks are shorter, so what lies beyond is dead space for sure.
 */
export function toastPagesNeeded(chunks: number): number {
  return Math.ceil(chunks / 4);
}

/**
 * Pages that a btree's entries would need if they were packed to its fillfactor, upper levels and meta page included.
 * Equal keys share one entry from 13 on, so a real index may need less: the dead space is at least what is found.
 */
export function btreePagesNeeded({ rows, columns, pageBytes, fillfactor }: HeapInput): number {
  const bitmap = columns.some(({ nullShare }) => nullShare > 0) ? indexNullBitmap : 0;
  const data = roundUp(dataBytes(columns), maxAlign);
  const entry = roundUp(indexTupleHeader + bitmap, maxAlign) + data + linePointer;
  const usable = (pageBytes - pageHeader - btreeSpecial) * fillfactor;
  const perPage = Math.max(2, Math.floor(usable / entry) - 1);
  const leaves = Math.max(1, Math.ceil(rows / perPage));
  return 1 + leaves + Math.ceil(leaves / perPage);
}

/** Reads `length:align:nullShare:width` pieces; undefined where a column has no statistics (`?`). */
export function parseShapes(text: string): ColumnShape[] | undefined {
  const aligns: Record<string, number> = { c: 1, s: 2, i: 4, d: 8 };
  const shapes: ColumnShape[] = [];
  for (const piece of text.split(' ').filter(Boolean)) {
    const [length, align, nullShare, width] = piece.split(':');
    if (nullShare === '?' || width === undefined) return undefined;
    shapes.push({
      length: Number(length),
      align: aligns[align ?? ''] ?? 8,
      nullShare: Number(nullShare),
      width: Number(width),
    });
  }
  return shapes;
}
