'use client';

import { Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { ArchiveHoleView, Recovery } from '@/lib/contract/recovery';

/** Segments that are missing or damaged in the archive, and what each costs. */
export function HolesPanel({ recovery }: { recovery: Recovery }) {
  const { archiveHoles, repositories } = recovery;
  if (repositories.length === 0 || repositories.every(({ lookedAt }) => lookedAt === null)) return null;
  return (
    <Panel
      title="Holes in the archive"
      note="A restore stops at the first segment that is missing; it goes on only from a backup that began after it."
      flush
    >
      <DataTable
        id="holes"
        label="Holes in the archive"
        rows={archiveHoles}
        columns={columns}
        rowKey={({ repository, timeline, missing }) => `${repository} ${timeline} ${missing}`}
        plain={archiveHoles.length < 10}
        empty={
          <p className="p-3 text-sm">
            <StatusMark status="ok" word="None." />{' '}
            <span className="text-muted">
              Every segment is there from the oldest good backup to the newest.
            </span>
          </p>
        }
      />
    </Panel>
  );
}

const columns: Column<ArchiveHoleView>[] = [
  {
    id: 'state',
    header: 'State',
    value: (hole) => stateOf(hole).word,
    cell: (hole) => <StatusMark {...stateOf(hole)} />,
  },
  { id: 'missing', header: 'Missing', value: ({ missing }) => missing, mono: true },
  { id: 'segments', header: 'Segments', value: ({ segments }) => segments, unit: 'count' },
  { id: 'from', header: 'After', value: ({ from }) => from, cell: ({ from }) => <Moment at={from} /> },
  { id: 'to', header: 'Before', value: ({ to }) => to, cell: ({ to }) => <Moment at={to} /> },
  {
    id: 'healed',
    header: 'Healed by the backup of',
    value: ({ healedAt }) => healedAt,
    cell: ({ healedAt }) => <Moment at={healedAt} never="no backup since" />,
  },
  { id: 'why', header: 'Damaged', value: ({ why }) => why, wide: true },
  { id: 'repository', header: 'Repository', value: ({ repository }) => repository, align: 'right' },
  { id: 'timeline', header: 'Timeline', value: ({ timeline }) => timeline, align: 'right' },
];

function stateOf({ healedAt, isByRetention }: ArchiveHoleView): { status: string; word: string } {
  if (isByRetention) return { status: 'info', word: 'Left by expiry' };
  return healedAt === null
    ? { status: 'crit', word: 'Open: nothing since' }
    : { status: 'warn', word: 'Healed' };
}
