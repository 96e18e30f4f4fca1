'use client';

import { useApi } from '@/components/data/use-api';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusBadge } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import { type ConsoleDumps, type ConsoleDumpView, consoleDumpsSchema } from '@/lib/contract/console-dumps';

const marks = {
  ready: ['ready', 'Read back'],
  failed: ['failed', 'Failed'],
  removed: ['removed', 'Removed for newer ones'],
} as const;

const columns: Column<ConsoleDumpView>[] = [
  {
    id: 'at',
    header: 'Made',
    value: (dump) => dump.finishedAt,
    cell: (dump) => <Age at={dump.finishedAt} />,
  },
  {
    id: 'state',
    header: 'State',
    value: (dump) => dump.state,
    cell: (dump) => <StatusBadge status={marks[dump.state][0]} word={marks[dump.state][1]} />,
  },
  { id: 'bytes', header: 'Size', unit: 'bytes', value: (dump) => dump.bytes },
  {
    id: 'seconds',
    header: 'Took',
    unit: 'seconds',
    value: (dump) => (Date.parse(dump.finishedAt) - Date.parse(dump.startedAt)) / 1000,
  },
  { id: 'on', header: 'On', value: (dump) => dump.madeOn },
  {
    id: 'path',
    header: 'File, or why there is none',
    wide: true,
    value: (dump) => dump.problem ?? dump.path,
    cell: (dump) => dump.problem ?? <code className="font-mono text-xs break-all">{dump.path}</code>,
  },
];

/** The console's own backup: when it was last dumped, where to, and what is not in it. */
export function ConsoleDumpsPanel() {
  const dumps = useApi('/api/v1/console-dumps', consoleDumpsSchema, { pollSeconds: 300 });
  return (
    <Panel
      title="The console itself"
      id="console-dumps"
      note="Its own database, dumped each night and read back. The workers’ key file is not in it: keep a copy of that apart."
      at={dumps.data?.newestGood?.finishedAt}
      staleAfterSeconds={dumps.data?.maxAgeSeconds}
      flush
    >
      <QueryState query={dumps}>
        {(data) => (
          <>
            <div className="px-3 pb-2">
              <DumpsVerdict dumps={data} />
            </div>
            <DataTable
              id="dumps"
              label="Dumps of the console"
              plain
              rows={data.items}
              columns={columns}
              rowKey={(dump) => dump.id}
              empty={<p className="px-3 pb-3 text-sm text-muted">No try yet.</p>}
              note={
                <>
                  To come back on a new machine: <code>npm start -- --from FILE --key KEYFILE</code>; in
                  production <code>plumbline restore-console FILE</code>.
                </>
              }
            />
          </>
        )}
      </QueryState>
    </Panel>
  );
}

function DumpsVerdict({ dumps }: { dumps: ConsoleDumps }) {
  const { verdict, newestGood, items, maxAgeSeconds } = dumps;
  if (verdict === 'ok') return null;
  if (verdict === 'none') {
    return (
      <Banner tone="warn" title="The console has no dump of itself">
        {items[0]?.problem ? `${items[0].problem} ` : null}
        <code>npm start</code> makes the first one ten minutes after its start; in production a timer runs{' '}
        <code>plumbline dump-console</code> each night.
      </Banner>
    );
  }
  if (verdict === 'old') {
    return (
      <Banner tone="crit" title="The console’s newest dump is old">
        It was made <Age at={newestGood?.finishedAt ?? null} />, and should be no older than{' '}
        {formatDuration(maxAgeSeconds)}. {items[0]?.problem ?? 'Look whether the nightly timer runs.'}
      </Banner>
    );
  }
  return (
    <Banner tone="warn" title="The last dump of the console failed">
      {items[0]?.problem} It is tried again in an hour; the newest good one was made{' '}
      <Age at={newestGood?.finishedAt ?? null} />.
    </Banner>
  );
}
