'use client';

import {
  type ColumnDef,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  useReactTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRouter } from 'next/navigation';
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { classNames } from '@/components/ui/class-names';
import { DataTableBar } from '@/components/ui/data-table-bar';
import { CellContent, HeaderCell } from '@/components/ui/data-table-cells';
import {
  type CellValue,
  type Column,
  cellText,
  compareValues,
  isNumeric,
} from '@/components/ui/table-column';
import { useTableState } from '@/components/ui/use-table-state';

export type { Column } from '@/components/ui/table-column';

interface DataTableProps<Row> {
  /** Names its parameters in the URL and its files: `sessions` → `sessions.sort`. Unique on the page. */
  id: string;
  /** Read aloud and used in the file's name. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** Where Enter and a click on the row go. */
  href?: (row: Row) => string | undefined;
  /** Column id, with `-` before it for descending. */
  defaultSort?: string;
  /** Shown when there are no rows at all. */
  empty?: ReactNode;
  /** Under the table: `top 20 by size, the rest is summed as (other)`. */
  note?: ReactNode;
  /** Leaves out filter, columns and export: for small tables. */
  plain?: boolean;
}

/** From here on only the rows in view are drawn. */
const virtualFrom = 80;
const rowHeight = 30;
/** Longer tables scroll in themselves, so that a page of many stays a page. */
const tallFrom = 15;

/** The dense table of the console: sticky header, sort, filter, columns, CSV and JSON, keyboard (j k Enter /). */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, label, rows, columns, rowKey, href, empty, note, plain = false } = props;
  const router = useRouter();
  const scroller = useRef<HTMLElement>(null);
  const [active, setActive] = useState(-1);
  const state = useTableState(id, columns, props.defaultSort);

  const definitions = useMemo<ColumnDef<Row, CellValue>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value(row) ?? undefined,
        sortUndefined: 'last',
        sortingFn: (left, right) =>
          compareValues(left.getValue<CellValue>(column.id), right.getValue<CellValue>(column.id)),
        filterFn: 'includesString',
      })),
    [columns],
  );
  const table = useReactTable<Row>({
    data: rows as Row[],
    columns: definitions,
    state: { sorting: state.sorting, globalFilter: state.filter },
    getRowId: rowKey,
    globalFilterFn: (row, columnId, text: string) => {
      const column = columns.find((each) => each.id === columnId);
      return column ? cellText(column, row.original).toLowerCase().includes(text.toLowerCase()) : false;
    },
    getColumnCanGlobalFilter: () => true,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
  });
  const shownColumns = columns.filter((column) => state.isShown(column));
  const shown = table.getRowModel().rows;
  const isVirtual = shown.length > virtualFrom;
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    enabled: isVirtual,
  });
  const items = isVirtual
    ? virtualizer.getVirtualItems()
    : shown.map((_, index) => ({ index, start: 0, end: 0 }));
  const before = isVirtual ? (items[0]?.start ?? 0) : 0;
  const after = isVirtual ? virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;

  const move = (to: number) => {
    const next = Math.min(shown.length - 1, Math.max(0, to));
    setActive(next);
    if (isVirtual) virtualizer.scrollToIndex(next);
    else scroller.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'j' || event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'k' || event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(shown.length - 1);
    else if (event.key === 'Enter') {
      const row = shown[active];
      const target = row && href?.(row.original);
      if (target) router.push(target);
      return;
    } else return;
    event.preventDefault();
  };

  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  const sorted = state.sorting[0];
  return (
    <div className="min-w-0">
      {plain ? null : (
        <DataTableBar
          label={label}
          columns={columns}
          shownColumns={shownColumns}
          rows={shown.map((row) => row.original)}
          total={rows.length}
          state={state}
        />
      )}
      <section
        ref={scroller}
        aria-label={label}
        data-table={id}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: j, k and Enter work here
        tabIndex={0}
        onKeyDown={onKeyDown}
        className={classNames(
          'overflow-auto focus-visible:-outline-offset-2',
          shown.length > tallFrom && 'max-h-[min(70vh,32rem)]',
        )}
      >
        <table className="w-full border-separate border-spacing-0 text-sm" aria-rowcount={shown.length + 1}>
          <thead>
            <tr>
              {shownColumns.map((column) => (
                <HeaderCell
                  key={column.id}
                  column={column}
                  direction={sorted?.id === column.id ? (sorted.desc ? 'descending' : 'ascending') : 'none'}
                  onSort={() => state.toggleSort(column)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 ? <tr aria-hidden style={{ height: before }} /> : null}
            {items.map(({ index }) => {
              const row = shown[index];
              if (!row) return null;
              const target = href?.(row.original);
              return (
                <tr
                  key={row.id}
                  // Rows whose text takes more lines are higher than the others.
                  ref={isVirtual ? virtualizer.measureElement : undefined}
                  data-index={index}
                  aria-rowindex={index + 2}
                  onClick={
                    target
                      ? (event) => {
                          // Links, buttons and selected text inside the row keep their own meaning.
                          const inside = (event.target as HTMLElement).closest('a,button,input');
                          if (!inside && !window.getSelection()?.toString()) router.push(target);
                        }
                      : undefined
                  }
                  className={classNames(
                    'hover:bg-sunken',
                    target && 'cursor-pointer',
                    index === active && 'bg-accent-soft',
                  )}
                >
                  {shownColumns.map((column) => (
                    <td
                      key={column.id}
                      className={classNames(
                        'h-[30px] border-b px-2 py-1 align-middle break-words first:pl-3 last:pr-3',
                        isNumeric(column) && 'text-right whitespace-nowrap',
                        column.mono && 'font-mono text-xs',
                        column.wide ? 'min-w-56' : 'max-w-md',
                      )}
                    >
                      <CellContent column={column} row={row.original} />
                    </td>
                  ))}
                </tr>
              );
            })}
            {after > 0 ? <tr aria-hidden style={{ height: after }} /> : null}
          </tbody>
        </table>
        {shown.length === 0 ? (
          <p className="px-3 py-4 text-sm text-muted">
            {rows.length === 0 ? 'No rows.' : 'No row has this text. '}
            {rows.length > 0 ? (
              <button type="button" className="link" onClick={() => state.setFilter('')}>
                Clear the filter
              </button>
            ) : null}
          </p>
        ) : null}
      </section>
      {note ? <p className="px-3 py-1.5 text-xs text-muted">{note}</p> : null}
    </div>
  );
}
