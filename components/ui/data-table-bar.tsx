'use client';

import { Columns3, Download } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';
import { Menu } from '@/components/ui/menu';
import type { Column } from '@/components/ui/table-column';
import { download, toCsv, toJson } from '@/components/ui/table-export';
import type { TableState } from '@/components/ui/use-table-state';
import { plural } from '@/lib/base/format';

interface DataTableBarProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  shownColumns: readonly Column<Row>[];
  /** The rows as shown: filtered and sorted. */
  rows: readonly Row[];
  total: number;
  state: TableState<Row>;
}

/** Filter, column list and export of a table. What is exported is what is shown. */
export function DataTableBar<Row>({
  label,
  columns,
  shownColumns,
  rows,
  total,
  state,
}: DataTableBarProps<Row>) {
  const file = `${label.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${new Date().toISOString().slice(0, 10)}`;
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 pb-2">
      <Input
        type="search"
        data-table-filter
        aria-label={`Filter ${label}`}
        placeholder="Filter  /"
        value={state.filter}
        onChange={(event) => state.setFilter(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') state.setFilter('');
          if (event.key === 'Enter' || event.key === 'Escape') {
            event.currentTarget.parentElement?.parentElement
              ?.querySelector<HTMLElement>('[data-table]')
              ?.focus();
          }
        }}
        className="h-7 max-w-56 text-sm"
      />
      <span className="text-xs text-muted" aria-live="polite">
        {rows.length === total ? plural(total, 'row') : `${rows.length} of ${plural(total, 'row')}`}
      </span>
      <span className="ml-auto flex gap-1">
        <Menu
          label="Columns"
          trigger={
            <Button look="quiet" size="small" icon={<Columns3 aria-hidden className="size-3.5" />}>
              Columns
            </Button>
          }
          items={columns.map((column) => ({
            id: column.id,
            label: column.header,
            checked: shownColumns.includes(column),
            onSelect: () => state.toggleColumn(column),
          }))}
        />
        <Menu
          label="Export what is shown"
          trigger={
            <Button look="quiet" size="small" icon={<Download aria-hidden className="size-3.5" />}>
              Export
            </Button>
          }
          items={[
            {
              id: 'csv',
              label: 'CSV of what is shown',
              onSelect: () => download(`${file}.csv`, 'text/csv', toCsv(shownColumns, rows)),
            },
            {
              id: 'json',
              label: 'JSON of what is shown',
              onSelect: () => download(`${file}.json`, 'application/json', toJson(shownColumns, rows)),
            },
          ]}
        />
      </span>
    </div>
  );
}
