import { expect, test } from 'vitest';
import {
  btreePagesNeeded,
  type ColumnShape,
  heapPagesNeeded,
  parseShapes,
  toastPagesNeeded,
} from '@/lib/engine/bloat-estimate';

const int8: ColumnShape = { length: 8, align: 8, nullShare: 0, width: 8 };
const int4: ColumnShape = { length: 4, align: 4, nullShare: 0, width: 4 };
const flag: ColumnShape = { length: 1, align: 1, nullShare: 0, width: 1 };
const text = (width: number): ColumnShape => ({ length: -1, align: 4, nullShare: 0, width });
const page = { pageBytes: 8192, fillfactor: 1 };

test('rows of fixed length are packed exactly: 226 of one int4 to a page', () => {
  expect(heapPagesNeeded({ rows: 226, columns: [int4], ...page })).toBe(1);
  expect(heapPagesNeeded({ rows: 227, columns: [int4], ...page })).toBe(2);
});

test('padding between columns counts: the same columns in another order need less', () => {
  const apart = heapPagesNeeded({ rows: 1e6, columns: [flag, int8, flag, int8, flag, int8], ...page });
  const packed = heapPagesNeeded({ rows: 1e6, columns: [int8, int8, int8, flag, flag, flag], ...page });
  expect(apart / packed).toBeGreaterThan(1.2);
});

test('wide rows leave the end of their pages empty, and that is no dead space', () => {
  expect(heapPagesNeeded({ rows: 100, columns: [text(4200)], ...page })).toBe(100);
});

test('a btree of bigint keys needs what one that was just built takes, within a tenth', () => {
  // create index on one million distinct bigints: 2745 pages on 14 to 18.
  const needed = btreePagesNeeded({ rows: 1e6, columns: [int8], pageBytes: 8192, fillfactor: 0.9 });
  expect(needed).toBeGreaterThan(2745 * 0.95);
  expect(needed).toBeLessThan(2745 * 1.1);
});

test('four chunks of TOAST to a page; a column without statistics makes the shape unknown', () => {
  expect(toastPagesNeeded(9)).toBe(3);
  expect(parseShapes('8:d:0:8 -1:i:0.5:12')).toEqual([
    int8,
    { length: -1, align: 4, nullShare: 0.5, width: 12 },
  ]);
  expect(parseShapes('8:d:?:?')).toBeUndefined();
});
