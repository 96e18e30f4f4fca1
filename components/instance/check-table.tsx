'use client';

import { useMemo } from 'react';
import { drawnLabel } from '@/components/instance/check-lines';
import { CheckNotice, isUnmeasured } from '@/components/instance/check-notice';
import { CheckTitle } from '@/components/instance/check-title';
import { UnknownParts } from '@/components/instance/nothing-drawn';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { type Unit, units } from '@/lib/base/units';
import type { CheckState } from '@/lib/contract/checks';
import type { Finding } from '@/lib/contract/findings';

type Draw = CheckState['draw'][number];
type Cell = string | number | boolean | null;

interface TableRow {
  id: string;
  database: string | null;
  row: Record<string, Cell>;
}

function columnsOf(check: CheckState, draw: Draw): Column<TableRow>[] {
  const drawn = draw.columns.map((name): Column<TableRow> => {
    const definition = check.columns[name];
    const unit = units.find((each): each is Unit => each === definition?.unit);
    const isLong = definition?.literals === true;
    return {
      id: name,
      header: drawnLabel(check, name),
      value: (row) =>
        check.hiddenColumns.includes(name) ? 'hidden from your role' : (row.row[name] ?? null),
      unit: definition?.role === 'gauge' || definition?.role === 'counter' ? (unit ?? 'none') : undefined,
      align: definition?.role === 'gauge' || definition?.role === 'counter' ? 'right' : 'left',
      mono: isLong,
      wide: isLong,
    };
  });
  const perDatabase = check.target === 'database' && !draw.columns.includes('database');
  if (!perDatabase) return drawn;
  return [{ id: '$database', header: 'Database', value: (row) => row.database }, ...drawn];
}

interface CheckTableProps {
  check: CheckState;
  draw: Draw;
  anchor: boolean;
  /** Open findings that say why something of this check is not known. */
  unknown?: readonly Finding[];
}

/** The latest rows of a check as a table, from all databases that it was asked in. */
export function CheckTable({ check, draw, anchor, unknown = [] }: CheckTableProps) {
  const columns = useMemo(() => columnsOf(check, draw), [check, draw]);
  const rows = useMemo(
    () =>
      check.results.flatMap((result) =>
        result.rows.map((row, index) => ({
          id: `${result.database ?? ''}/${index}`,
          database: result.database,
          row,
        })),
      ),
    [check.results],
  );
  const newest = check.results
    .map((result) => result.observedAt)
    .sort()
    .at(-1);
  const firstNumber = columns.find((column) => column.align === 'right');
  return (
    <Panel
      id={anchor ? `check-${check.id}` : undefined}
      level={3}
      flush
      // Narrow tables stand side by side.
      className={draw.columns.length > 5 ? 'xl:col-span-2' : undefined}
      title={<CheckTitle check={check} title={draw.title} />}
      at={newest ?? null}
      staleAfterSeconds={check.everySeconds * 2.5 + 5}
    >
      <div className="flex flex-col gap-2 px-3 pb-2 empty:hidden">
        <CheckNotice check={check} />
        <UnknownParts unknown={unknown} />
      </div>
      {isUnmeasured(check) ? null : (
        <DataTable
          id={`${check.id}.${check.draw.indexOf(draw)}`}
          label={draw.title}
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          defaultSort={firstNumber ? `-${firstNumber.id}` : undefined}
          plain={rows.length < 8}
          empty={
            <p className="px-3 pb-3 text-sm text-muted">
              {check.results.length === 0
                ? `Not read yet: it is asked every ${check.everySeconds} s.`
                : 'None now. That was measured, not assumed.'}
            </p>
          }
        />
      )}
    </Panel>
  );
}
