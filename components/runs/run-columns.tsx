import Link from 'next/link';
import { Age } from '@/components/ui/age';
import type { Column } from '@/components/ui/data-table';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { RunItem } from '@/lib/contract/runs';

/** The columns of every table of runs. */
export const runColumns: Column<RunItem>[] = [
  {
    id: 'state',
    header: 'State',
    value: ({ state }) => state,
    cell: ({ state }) => <StatusMark status={state} className="whitespace-nowrap" />,
  },
  {
    id: 'title',
    header: 'Job',
    value: ({ title }) => title,
    cell: ({ id, title, undoOf }) => (
      <Link href={`/runs/${id}`} prefetch={false} className="link whitespace-nowrap">
        {title}
        {undoOf ? ' (undo)' : ''}
      </Link>
    ),
  },
  { id: 'cluster', header: 'Cluster', value: ({ cluster }) => cluster.name },
  { id: 'instance', header: 'Server', value: ({ instance }) => instance?.name ?? null, hidden: true },
  {
    id: 'summary',
    header: 'What',
    value: ({ summary, waitingFor, error, state }) =>
      state === 'queued' && waitingFor ? waitingFor : state === 'failed' && error ? error.message : summary,
    wide: true,
  },
  {
    id: 'verdict',
    header: 'Verdict',
    value: ({ verdict }) => verdict,
    cell: ({ verdict }) => (verdict && verdict !== 'info' ? <StatusMark status={verdict} /> : '–'),
  },
  {
    id: 'seconds',
    header: 'Took',
    value: ({ seconds }) => seconds,
    align: 'right',
    cell: ({ seconds }) => (seconds === null ? '–' : formatDuration(seconds)),
  },
  {
    id: 'created',
    header: 'Asked for',
    value: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Age at={createdAt} />,
  },
  { id: 'by', header: 'By', value: ({ requestedByName }) => requestedByName },
  { id: 'worker', header: 'Worker', value: ({ workerName }) => workerName, hidden: true },
];
