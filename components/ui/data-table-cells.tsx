import { ArrowDown, ArrowUp } from 'lucide-react';
import { classNames } from '@/components/ui/class-names';
import { type Column, cellText, isNumeric } from '@/components/ui/table-column';

interface HeaderCellProps<Row> {
  column: Column<Row>;
  direction: 'ascending' | 'descending' | 'none';
  onSort: () => void;
}

/** A column's name; it sorts by it, and says so. */
export function HeaderCell<Row>({ column, direction, onSort }: HeaderCellProps<Row>) {
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={classNames(
        'sticky top-0 z-10 border-b bg-surface px-2 first:pl-3 last:pr-3',
        column.wide && 'w-full min-w-56',
      )}
    >
      <button
        type="button"
        onClick={onSort}
        className={classNames(
          'flex h-7 w-full items-center gap-1 text-xs font-medium whitespace-nowrap text-muted hover:text-ink',
          isNumeric(column) && 'flex-row-reverse',
        )}
      >
        {column.header}
        {direction === 'descending' ? <ArrowDown aria-hidden className="size-3" /> : null}
        {direction === 'ascending' ? <ArrowUp aria-hidden className="size-3" /> : null}
      </button>
    </th>
  );
}

/** Long text shows two lines and the rest in its title; the export has all of it. */
export function CellContent<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  if (column.cell) return column.cell(row);
  const text = cellText(column, row);
  if (!column.wide) return text;
  return (
    <span title={text} className="line-clamp-2">
      {text}
    </span>
  );
}
