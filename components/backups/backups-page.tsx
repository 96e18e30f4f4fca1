'use client';

import { Archive } from 'lucide-react';
import Link from 'next/link';
import { useMemo } from 'react';
import { DrillMark } from '@/components/backups/drill-mark';
import { type BackupJob, backupJobHref, useBackupJobs } from '@/components/backups/use-backup-jobs';
import { useBackups } from '@/components/data/backups';
import { useClusters } from '@/components/data/clusters';
import { useUrlState } from '@/components/data/url-state';
import { Age } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Backup } from '@/lib/contract/backups';
import type { Job } from '@/lib/contract/jobs';

/** Every saved copy, and whether anybody has proven that it can be brought back. */
export function BackupsPage() {
  const [clusterId, setCluster] = useUrlState('clusterId');
  const clusters = useClusters().data?.items ?? [];
  const { making, using } = useBackupJobs();
  const query = useBackups({ clusterId, limit: 500 });
  const columns = useMemo(() => columnsOf(using), [using]);
  return (
    <>
      <PageHeader
        title="Backups"
        note="A copy counts once somebody has restored it: each says when that was last proven."
        actions={making.map((job, place) => (
          <ButtonLink
            key={job.id}
            href={`/jobs/${job.id}${clusterId ? `?clusterId=${clusterId}` : ''}`}
            look={place === 0 ? 'primary' : 'plain'}
          >
            {job.title}
          </ButtonLink>
        ))}
      />
      <Panel
        title="History"
        note="The newest first."
        flush
        actions={
          <Select
            aria-label="Cluster"
            value={clusterId}
            placeholder="Any cluster"
            className="h-7 w-auto text-sm"
            options={clusters.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => setCluster(event.target.value)}
          />
        }
      >
        <QueryState query={query} lines={8}>
          {({ items, nextCursor }) => (
            <DataTable
              id="backups"
              label="Backups"
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={({ id }) => `/backups/${id}`}
              note={
                nextCursor ? `The newest ${items.length}: choose a cluster to see older ones.` : undefined
              }
              empty={<NoBackups making={making} isFiltered={clusterId !== ''} />}
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}

function columnsOf(using: readonly BackupJob[]): Column<Backup>[] {
  return [
    {
      id: 'database',
      header: 'Database',
      value: ({ database }) => database ?? 'whole cluster',
      cell: ({ id, database }) => (
        <Link href={`/backups/${id}`} prefetch={false} className="link font-medium">
          {database ?? 'whole cluster'}
        </Link>
      ),
    },
    { id: 'cluster', header: 'Cluster', value: ({ cluster }) => cluster.name },
    {
      id: 'state',
      header: 'State',
      value: ({ state }) => state,
      cell: ({ state }) => <StatusMark status={state} className="whitespace-nowrap" />,
    },
    {
      id: 'drill',
      header: 'Last drill',
      value: ({ lastDrill }) => (lastDrill ? `${lastDrill.verdict} ${lastDrill.at}` : 'never'),
      cell: ({ lastDrill }) => <DrillMark drill={lastDrill} />,
    },
    {
      id: 'restore',
      header: 'Restored in',
      value: ({ lastDrill }) => lastDrill?.restoreSeconds ?? null,
      align: 'right',
      cell: ({ lastDrill }) =>
        lastDrill?.restoreSeconds == null ? '–' : formatDuration(lastDrill.restoreSeconds),
    },
    { id: 'bytes', header: 'Size', value: ({ bytes }) => bytes, unit: 'bytes' },
    {
      id: 'seconds',
      header: 'Took',
      value: ({ seconds }) => seconds,
      align: 'right',
      cell: ({ seconds }) => formatDuration(seconds),
    },
    {
      id: 'finished',
      header: 'Finished',
      value: ({ finishedAt }) => finishedAt,
      cell: ({ finishedAt }) => <Age at={finishedAt} />,
    },
    {
      id: 'type',
      header: 'Type',
      value: ({ type }) => type,
      cell: ({ type }) => <Badge>{type}</Badge>,
      hidden: true,
    },
    { id: 'worker', header: 'On worker', value: ({ workerName }) => workerName },
    { id: 'path', header: 'Folder', value: ({ path }) => path, mono: true, hidden: true },
    {
      id: 'acts',
      header: 'Do',
      value: () => null,
      cell: (backup) =>
        backup.state === 'ready' ? (
          <span className="flex gap-1">
            {using.map((each) => (
              <ButtonLink
                key={each.job.id}
                size="small"
                href={backupJobHref(each, backup)}
                title={each.job.refusal?.message}
              >
                {each.job.title}
              </ButtonLink>
            ))}
          </span>
        ) : null,
    },
  ];
}

function NoBackups({ making, isFiltered }: { making: readonly Job[]; isFiltered: boolean }) {
  const first = making[0];
  return (
    <EmptyState
      icon={Archive}
      title={isFiltered ? 'This cluster has no backup here' : 'No backup yet'}
      actions={
        first ? (
          <ButtonLink href={`/jobs/${first.id}`} look="primary">
            {first.title}
          </ButtonLink>
        ) : null
      }
    >
      A backup is written to an unfinished folder, decoded whole as a check, and only then given its name.
      Drill it afterwards: a server that only the worker reaches is started from it, its rows are counted and
      its keys checked. Put both on a schedule, and the scorecard keeps the proof fresh.
    </EmptyState>
  );
}
