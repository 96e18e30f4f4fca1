'use client';

import { Archive } from 'lucide-react';
import Link from 'next/link';
import { useMemo } from 'react';
import { ChecksumMark } from '@/components/backups/checksum-mark';
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
import { Badge, StatusMark, statusWord } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Backup } from '@/lib/contract/backups';
import type { Job } from '@/lib/contract/jobs';

/** Every saved copy, and whether anybody has proven that it can be brought back. */
export function BackupsPage() {
  const [clusterId, setCluster] = useUrlState('clusterId');
  const clusters = useClusters().data?.items ?? [];
  const { making, using } = useBackupJobs();
  const [type, setType] = useUrlState('type');
  const [state, setState] = useUrlState('state');
  const query = useBackups({ clusterId, type, state, limit: 500 });
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
        note="Dumps and backup sets, the newest first: also those that are gone."
        flush
        actions={
          <>
            <Select
              aria-label="Cluster"
              value={clusterId}
              placeholder="Any cluster"
              className="h-7 w-auto text-sm"
              options={clusters.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => setCluster(event.target.value)}
            />
            <Select
              aria-label="Type"
              value={type}
              placeholder="Any type"
              className="h-7 w-auto text-sm"
              options={[
                { value: 'physical', label: 'Physical' },
                { value: 'logical', label: 'Logical' },
              ]}
              onChange={(event) => setType(event.target.value)}
            />
            <Select
              aria-label="State"
              value={state}
              placeholder="Any state"
              className="h-7 w-auto text-sm"
              options={(['ready', 'missing', 'gone', 'expired'] as const).map((value) => ({
                value,
                label: statusWord(value),
              }))}
              onChange={(event) => setState(event.target.value)}
            />
          </>
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
                nextCursor
                  ? `The newest ${items.length}: choose a cluster or a state to see older ones.`
                  : undefined
              }
              empty={
                <NoBackups making={making} isFiltered={clusterId !== '' || type !== '' || state !== ''} />
              }
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
      id: 'what',
      header: 'Backup',
      value: nameOf,
      cell: (backup) => (
        <Link href={`/backups/${backup.id}`} prefetch={false} className="link font-medium whitespace-nowrap">
          {nameOf(backup)}
        </Link>
      ),
    },
    { id: 'cluster', header: 'Cluster', value: ({ cluster }) => cluster.name },
    {
      id: 'type',
      header: 'Type',
      value: ({ type, method }) => `${type} ${method ?? ''}`,
      cell: ({ type, method }) => <Badge>{type === 'physical' ? (method ?? type) : 'dump'}</Badge>,
    },
    {
      id: 'state',
      header: 'State',
      value: ({ state, hasErrors }) => (hasErrors ? `${state}, damaged` : state),
      cell: ({ state, hasErrors }) =>
        hasErrors && state === 'ready' ? (
          <StatusMark status="crit" word="Damaged" className="whitespace-nowrap" />
        ) : (
          <StatusMark status={state} className="whitespace-nowrap" />
        ),
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
      id: 'checksums',
      header: 'Checksums',
      value: ({ checksums }) => checksums,
      cell: ({ checksums }) => <ChecksumMark checksums={checksums} />,
    },
    {
      id: 'kept',
      header: 'Kept',
      value: ({ pin, holdUntil }) =>
        [pin && 'pinned', holdUntil && 'held'].filter(Boolean).join(', ') || null,
    },
    {
      id: 'needs',
      header: 'Depends on',
      value: ({ dependsOn }) => (dependsOn.length === 0 ? null : dependsOn.join(', ')),
      mono: true,
      hidden: true,
    },
    {
      id: 'where',
      header: 'Where',
      value: whereOf,
      cell: (backup) => <span className="whitespace-nowrap">{whereOf(backup)}</span>,
    },
    { id: 'path', header: 'Folder', value: ({ path }) => path, mono: true, hidden: true },
    {
      id: 'acts',
      header: 'Do',
      value: () => null,
      cell: (backup) =>
        backup.state === 'ready' && !backup.hasErrors ? (
          <span className="flex gap-1">
            {using
              .filter(({ type, job }) => type === backup.type && job.permission === 'drill')
              .map((each) => (
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

function nameOf({ database, label }: Backup): string {
  return database ?? label ?? 'whole cluster';
}

/** The worker whose machine or repository it is on, and storages with a whole copy. */
function whereOf({ workerName, repository, uploadedTo }: Backup): string {
  const here = repository === null ? workerName : `${workerName}, repository ${repository}`;
  return [here, ...uploadedTo].join(' + ');
}

function NoBackups({ making, isFiltered }: { making: readonly Job[]; isFiltered: boolean }) {
  const first = making[0];
  return (
    <EmptyState
      icon={Archive}
      title={isFiltered ? 'No backup fits' : 'No backup yet'}
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
