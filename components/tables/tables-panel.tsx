'use client';

import { Table2 } from 'lucide-react';
import { useMemo } from 'react';
import { useUrlState } from '@/components/data/url-state';
import { DiskForecast } from '@/components/tables/disk-forecast';
import { tableColumns } from '@/components/tables/table-columns';
import { type ActTarget, actHref, tableHref } from '@/components/tables/table-links';
import { ButtonLink } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { formatNumber } from '@/lib/base/format';
import type { Tables } from '@/lib/contract/tables';

interface TablesPanelProps {
  instance: ActTarget;
  data: Tables;
}

/** One list of all tables; partitions are folded into their root until somebody wants to see them. */
export function TablesPanel({ instance, data }: TablesPanelProps) {
  const [database, setDatabase] = useUrlState('database');
  const [partitions, setPartitions] = useUrlState('partitions', 'folded');
  const databases = useMemo(() => [...new Set(data.items.map((row) => row.database))].sort(), [data.items]);
  const columns = useMemo(
    () => tableColumns({ instance, acts: data.acts, withDatabase: true }),
    [instance, data.acts],
  );
  const rows = useMemo(
    () =>
      data.items.filter(
        (row) =>
          (database === '' || row.database === database) && (partitions === 'shown' || row.root === null),
      ),
    [data.items, database, partitions],
  );
  const folded = data.items.length - data.items.filter(({ root }) => root === null).length;
  const { measure } = data;
  return (
    <Panel
      id="tables"
      title="Tables"
      note="Sizes, growth, dead rows and dead space, hit rates of the last interval. A row leads to the table’s own page."
      flush
      at={data.observedAt}
      staleAfterSeconds={data.stale ? 0 : undefined}
      actions={
        <>
          <Select
            aria-label="Database"
            value={database}
            placeholder="All databases"
            className="h-7 w-auto max-w-48 text-sm"
            options={databases.map((name) => ({ value: name, label: name }))}
            onChange={(event) => setDatabase(event.target.value)}
          />
          {folded > 0 ? (
            <Select
              aria-label="Partitions"
              value={partitions}
              className="h-7 w-auto text-sm"
              options={[
                { value: 'folded', label: `${formatNumber(folded)} partitions folded` },
                { value: 'shown', label: 'Partitions shown' },
              ]}
              onChange={(event) => setPartitions(event.target.value)}
            />
          ) : null}
          {measure && data.role === 'primary' ? (
            <ButtonLink size="small" href={actHref(measure.job, instance, database ? { database } : {})}>
              Measure dead space
            </ButtonLink>
          ) : null}
        </>
      }
    >
      <DiskForecast databases={data.databases} />
      <DataTable
        id="tables"
        label="Tables"
        rows={rows}
        columns={columns}
        rowKey={(row) => JSON.stringify([row.database, row.schema, row.table])}
        href={(row) => tableHref(instance.id, row)}
        defaultSort="-bytes"
        note={
          data.truncatedAt === null
            ? undefined
            : `The largest ${formatNumber(data.truncatedAt)} tables of a database are read.`
        }
        empty={
          <EmptyState icon={Table2} title={data.observedAt ? 'No table here' : 'No table was read yet'}>
            {data.observedAt
              ? 'The databases that this login may enter hold no table of their own.'
              : 'Tables are read every ten minutes, the first time soon after a server is added.'}
          </EmptyState>
        }
      />
    </Panel>
  );
}
