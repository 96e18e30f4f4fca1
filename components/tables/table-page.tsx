'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { useInstanceChecks } from '@/components/data/instance';
import { useMarks } from '@/components/data/marks';
import { showWindow, useKeptQuery, useRange } from '@/components/data/range';
import { type TableName, useTable } from '@/components/data/tables';
import { useUrlParams } from '@/components/data/url-state';
import { AboutCheck } from '@/components/instance/about-check';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { TableCharts } from '@/components/tables/table-charts';
import { tableColumns } from '@/components/tables/table-columns';
import { TableFacts } from '@/components/tables/table-facts';
import { TableIndexes } from '@/components/tables/table-indexes';
import { actHref, tableHref } from '@/components/tables/table-links';
import { ButtonLink } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { InstanceDetail } from '@/lib/contract/instances';
import type { TableDetail } from '@/lib/contract/tables';

/** One table over a range of time: figures with their age, verdicts, charts, indexes, partitions. */
export function TablePage({ id }: { id: string }) {
  const params = useUrlParams();
  const name = {
    database: params.get('database') ?? '',
    schema: params.get('schema') ?? '',
    table: params.get('table') ?? '',
  };
  return (
    <InstanceFrame id={id}>{(detail) => <OneTable key={id} instance={detail} name={name} />}</InstanceFrame>
  );
}

function OneTable({ instance, name }: { instance: InstanceDetail; name: TableName }) {
  const range = useRange();
  const kept = useKeptQuery();
  const table = useTable(instance.id, name, range);
  return (
    <>
      <p className="text-sm">
        <Link href={`/instances/${instance.id}/tables${kept}`} prefetch={false} className="link">
          All tables
        </Link>{' '}
        / {name.database} / {name.schema} / <strong>{name.table}</strong>
      </p>
      <QueryState query={table} lines={12}>
        {(data) => <Detail instance={instance} data={data} />}
      </QueryState>
    </>
  );
}

function Detail({ instance, data }: { instance: InstanceDetail; data: TableDetail }) {
  const { id, clusterId } = instance;
  const { row } = data;
  const checks = useInstanceChecks(id);
  const marks = useMarks(clusterId, id);
  const columns = useMemo(
    () => tableColumns({ instance, acts: data.acts, withDatabase: false }),
    [instance, data.acts],
  );
  const { database, schema, table } = row;
  return (
    <>
      <Panel
        title={table}
        note={row.root ? `A partition of ${row.root.schema}.${row.root.table}.` : row.kind}
        actions={[
          ...data.acts.map(({ job, label }) => (
            <ButtonLink key={job} size="small" href={actHref(job, instance, { database, schema, table })}>
              {label}
            </ButtonLink>
          )),
          data.measure ? (
            <ButtonLink key="measure" size="small" href={actHref(data.measure.job, instance, { database })}>
              {data.measure.label}
            </ButtonLink>
          ) : null,
        ]}
      >
        <TableFacts row={row} />
      </Panel>
      <QueryState query={checks} lines={6}>
        {(answer) => (
          <>
            <TableCharts checks={answer.items} data={data} marks={marks} onRange={showWindow} />
            <AboutCheck checks={answer.items} />
          </>
        )}
      </QueryState>
      <TableIndexes indexes={data.indexes} />
      {data.partitions.length > 0 ? (
        <Panel title="Partitions" flush>
          <DataTable
            id="partitions"
            label="Partitions"
            rows={data.partitions}
            columns={columns}
            rowKey={(each) => JSON.stringify([each.schema, each.table])}
            href={(each) => tableHref(id, each)}
            defaultSort="table"
          />
        </Panel>
      ) : null}
    </>
  );
}
