'use client';

import type { SortingState } from '@tanstack/react-table';
import { useMemo } from 'react';
import { setUrl, useUrlParams } from '@/components/data/url-state';
import { type Column, isNumeric } from '@/components/ui/table-column';

export interface TableState<Row> {
  sorting: SortingState;
  filter: string;
  isShown(column: Column<Row>): boolean;
  setFilter(text: string): void;
  toggleSort(column: Column<Row>): void;
  toggleColumn(column: Column<Row>): void;
}

/** Sort, filter and chosen columns of a table, kept in the URL as `<id>.sort`, `<id>.q` and `<id>.cols`. */
export function useTableState<Row>(
  id: string,
  columns: readonly Column<Row>[],
  defaultSort?: string,
): TableState<Row> {
  const params = useUrlParams();
  const sort = params.get(`${id}.sort`) ?? defaultSort ?? '';
  const filter = params.get(`${id}.q`) ?? '';
  const chosen = params.get(`${id}.cols`);
  const sorting = useMemo<SortingState>(() => {
    const column = sort.replace(/^-/, '');
    return columns.some((each) => each.id === column) ? [{ id: column, desc: sort.startsWith('-') }] : [];
  }, [sort, columns]);
  const shown = new Set(
    chosen === null
      ? columns.filter((column) => !column.hidden).map((column) => column.id)
      : chosen.split(','),
  );
  return {
    sorting,
    filter,
    isShown: (column) => shown.has(column.id),
    setFilter: (text) => setUrl({ [`${id}.q`]: text }),
    toggleSort: (column) => {
      const first = isNumeric(column) ? `-${column.id}` : column.id;
      const second = isNumeric(column) ? column.id : `-${column.id}`;
      const next = sort === first ? second : first;
      setUrl({ [`${id}.sort`]: next === defaultSort ? null : next });
    },
    toggleColumn: (column) => {
      const next = columns.filter((each) =>
        each.id === column.id ? !shown.has(each.id) : shown.has(each.id),
      );
      if (next.length > 0) setUrl({ [`${id}.cols`]: next.map((each) => each.id).join(',') });
    },
  };
}
