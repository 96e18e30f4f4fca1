'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { filterBy, sliceWords } from '@/components/activity/slices';
import { useKeptQuery } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Select } from '@/components/ui/select';
import { type Load, type LoadSlice, loadSlices } from '@/lib/contract/load';

type Top = Load['tops'][LoadSlice][number];

/** What has no id or is beyond the largest has no page. */
const isQueryId = (value: string) => /^-?\d+$/.test(value);

/** What the load of the window came from, largest first. A click narrows the whole page to it. */
export function LoadTops({ load, instanceId }: { load: Load; instanceId: string }) {
  const [chosen, choose] = useUrlState('top', 'query');
  const kept = useKeptQuery();
  const slice = loadSlices.find((each) => each === chosen) ?? 'query';
  const columns = useMemo<Column<Top>[]>(
    () => [
      {
        id: 'name',
        header: sliceWords[slice],
        value: (row) => row.label,
        cell: (row) => (
          <span className="flex items-baseline gap-2">
            <button
              type="button"
              title={`Only ${row.label}`}
              onClick={() => filterBy(slice, row.value)}
              className={`block max-w-[44rem] truncate text-left hover:underline${slice === 'query' ? ' font-mono text-xs' : ''}`}
            >
              {row.label}
            </button>
            {slice === 'query' && isQueryId(row.value) ? (
              <Link
                href={`/instances/${instanceId}/queries/${row.value}${kept}`}
                prefetch={false}
                aria-label={`The page of ${row.label}`}
                className="link text-xs"
              >
                Open
              </Link>
            ) : null}
          </span>
        ),
        wide: true,
      },
      { id: 'mean', header: 'Active sessions', value: (row) => row.mean, unit: 'none', align: 'right' },
      { id: 'share', header: 'Share', value: (row) => row.sharePercent, unit: 'percent' },
      { id: 'value', header: 'Query id', value: (row) => row.value, mono: true, hidden: true },
    ],
    [slice, instanceId, kept],
  );
  return (
    <section aria-label="Largest of the window" className="mt-3">
      <div className="mb-1 flex items-center gap-2">
        <h3 className="text-sm font-semibold">Largest of this window</h3>
        <Select
          aria-label="Largest by"
          options={loadSlices.map((value) => ({ value, label: sliceWords[value] }))}
          value={slice}
          onChange={(event) => choose(event.target.value)}
          className="h-7 w-36 text-sm"
        />
      </div>
      <DataTable
        id="tops"
        label={`Largest by ${sliceWords[slice].toLowerCase()}`}
        rows={load.tops[slice]}
        columns={slice === 'query' ? columns : columns.slice(0, 3)}
        rowKey={(row) => row.value}
        defaultSort="-mean"
        empty={<p className="pb-2 text-sm text-muted">Nothing worked in this window.</p>}
      />
    </section>
  );
}
