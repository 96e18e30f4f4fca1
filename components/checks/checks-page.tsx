'use client';

import { Download, Plus } from 'lucide-react';
import Link from 'next/link';
import { ImportDialog } from '@/components/checks/import-dialog';
import { api } from '@/components/data/api';
import { useChecksOverview } from '@/components/data/own-checks';
import { Age } from '@/components/ui/age';
import { Button, ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { download } from '@/components/ui/table-export';
import { useToast } from '@/components/ui/toast';
import type { ChecksOverview } from '@/lib/contract/checks-overview';
import { exportedSchema } from '@/lib/contract/own-checks';

type Row = ChecksOverview['items'][number];

const targets = { cluster: 'cluster', instance: 'server', database: 'database' };

function stateOf(row: Row): { status: string; word: string } {
  if (!row.enabled) return { status: 'disabled', word: 'Switched off' };
  if (row.servers === 0) return { status: 'stale', word: 'Not asked yet' };
  if (row.crit > 0) return { status: 'crit', word: 'Critical' };
  if (row.warn > 0) return { status: 'warn', word: 'Warning' };
  if (row.unknown + row.unmeasured > 0) return { status: 'unknown', word: 'Unknown' };
  return { status: 'ok', word: 'OK' };
}

const hrefOf = (row: Row) => `/checks/${row.id}`;

const columns: readonly Column<Row>[] = [
  {
    id: 'title',
    header: 'Check',
    value: (row) => row.title,
    wide: true,
    cell: (row) => (
      <span className="flex flex-wrap items-center gap-x-2" title={row.why}>
        <Link href={hrefOf(row)} prefetch={false} className="link font-medium">
          {row.title}
        </Link>
        {row.own ? <Badge>own</Badge> : null}
      </span>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: (row) => stateOf(row).word,
    cell: (row) => <StatusMark {...stateOf(row)} />,
  },
  { id: 'crit', header: 'Critical', value: (row) => row.crit, unit: 'count' },
  { id: 'warn', header: 'Warnings', value: (row) => row.warn, unit: 'count' },
  { id: 'unknown', header: 'Unknown', value: (row) => row.unknown, unit: 'count' },
  { id: 'servers', header: 'Servers', value: (row) => row.servers, unit: 'count' },
  { id: 'unmeasured', header: 'Not measured', value: (row) => row.unmeasured, unit: 'count' },
  { id: 'target', header: 'Asked per', value: (row) => targets[row.target] },
  { id: 'runsOn', header: 'Runs on', value: (row) => row.runsOn, hidden: true },
  { id: 'everySeconds', header: 'Every', value: (row) => row.everySeconds, unit: 'seconds' },
  { id: 'slowestMs', header: 'Slowest', value: (row) => row.slowestMs, unit: 'milliseconds' },
  {
    id: 'newestAt',
    header: 'Newest',
    value: (row) => row.newestAt,
    cell: (row) => <Age at={row.newestAt} never="never" />,
  },
  { id: 'id', header: 'Id', value: (row) => row.id, mono: true, hidden: true },
];

/** Everything that is measured, of the catalogue and of people's own, with its state over the fleet. */
export function ChecksPage({ refusal }: { refusal: string | null }) {
  const overview = useChecksOverview();
  const toast = useToast();
  const exportYaml = async () => {
    try {
      const { yaml } = await api.get('/api/v1/own-checks/export', exportedSchema);
      download('plumbline-checks.yaml', 'application/yaml', yaml);
    } catch (error) {
      toast({ title: error instanceof Error ? error.message : 'That did not work.', tone: 'crit' });
    }
  };
  const hasOwn = overview.data?.items.some(({ own }) => own) === true;
  return (
    <>
      <PageHeader
        title="Checks"
        note="What is measured and judged on every server, and how it stands over the fleet."
        actions={
          <>
            {hasOwn ? (
              <Button icon={<Download aria-hidden className="size-4" />} onClick={() => void exportYaml()}>
                Export own as YAML
              </Button>
            ) : null}
            <ImportDialog refusal={refusal} />
            {refusal ? null : (
              <ButtonLink
                href="/checks/own/new"
                look="primary"
                icon={<Plus aria-hidden className="size-4" />}
              >
                Write a check
              </ButtonLink>
            )}
          </>
        }
      />
      <Panel title="All checks" flush>
        <QueryState query={overview} lines={10}>
          {({ items }) => (
            <DataTable
              id="checks"
              label="Checks"
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={hrefOf}
              defaultSort="title"
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}
