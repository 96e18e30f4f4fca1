'use client';

import { useMemo } from 'react';
import type { ChartLine } from '@/components/charts/chart-rows';
import { Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import type { Unit } from '@/lib/base/units';

interface MomentRow {
  at: number;
  values: Record<string, number | null>;
}

/** The numbers behind a chart, newest first: only moments that were measured. */
export function ChartTable(props: { id: string; title: string; lines: readonly ChartLine[]; unit: Unit }) {
  const { id, title, lines, unit } = props;
  const rows = useMemo(() => {
    const byTime = new Map<number, MomentRow>();
    for (const line of lines) {
      for (const [at, value] of line.points) {
        const row = byTime.get(at) ?? { at, values: {} };
        row.values[line.id] = value;
        byTime.set(at, row);
      }
    }
    return [...byTime.values()];
  }, [lines]);
  const columns = useMemo<Column<MomentRow>[]>(
    () => [
      {
        id: 'at',
        header: 'Time',
        value: (row) => new Date(row.at).toISOString(),
        cell: (row) => <Moment at={new Date(row.at).toISOString()} />,
      },
      ...lines.map((line) => ({
        id: line.id,
        header: line.label,
        unit,
        value: (row: MomentRow) => row.values[line.id] ?? null,
      })),
    ],
    [lines, unit],
  );
  return (
    <DataTable
      id={`${id}.rows`}
      label={`${title}, values`}
      rows={rows}
      columns={columns}
      rowKey={(row) => String(row.at)}
      defaultSort="-at"
    />
  );
}
