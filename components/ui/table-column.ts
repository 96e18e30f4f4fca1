import type { ReactNode } from 'react';
import { formatValue } from '@/lib/base/format';
import type { Unit } from '@/lib/base/units';

/** A value that can be sorted, filtered and exported; null is "not known" and sorts last. */
export type CellValue = string | number | boolean | null;

export interface Column<Row> {
  id: string;
  header: string;
  value: (row: Row) => CellValue;
  /** How it is drawn; by default the value with its unit, as text. */
  cell?: (row: Row) => ReactNode;
  /** Numbers with a unit stand right and are written by it. */
  unit?: Unit;
  align?: 'left' | 'right';
  /** Left out until somebody ticks it in the column list. */
  hidden?: boolean;
  mono?: boolean;
  /** Takes the room that is left and may wrap to two lines. */
  wide?: boolean;
}

export function isNumeric<Row>(column: Column<Row>): boolean {
  return column.align ? column.align === 'right' : column.unit !== undefined && column.unit !== 'none';
}

/** The text of a cell, as drawn without `cell`. */
export function cellText<Row>(column: Column<Row>, row: Row): string {
  const value = column.value(row);
  if (value === null) return '–';
  if (typeof value === 'number') return formatValue(value, column.unit ?? 'none');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value;
}

/** Numbers by size, text by words and the numbers in them. */
export function compareValues(left: CellValue, right: CellValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left).localeCompare(String(right), 'en', { numeric: true, sensitivity: 'base' });
}
