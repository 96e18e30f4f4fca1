'use client';

import { queryText } from '@/components/activity/sessions-panel';
import { useEpisodes } from '@/components/data/activity';
import { useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { LockTree } from '@/components/locks/lock-tree';
import { Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Dialog } from '@/components/ui/dialog';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Episode } from '@/lib/contract/activity';

const columns: Column<Episode>[] = [
  {
    id: 'startedAt',
    header: 'Began',
    value: (row) => row.startedAt,
    cell: (row) => <Opener episode={row} />,
  },
  {
    id: 'state',
    header: 'State',
    value: (row) => (row.endedAt === null ? 'goes on' : 'over'),
    cell: (row) =>
      row.endedAt === null ? (
        <StatusMark status="warn" word="Goes on" className="whitespace-nowrap" />
      ) : (
        <StatusMark status="done" word="Over" className="whitespace-nowrap" />
      ),
  },
  { id: 'seconds', header: 'Length', value: (row) => row.seconds, unit: 'seconds' },
  { id: 'victims', header: 'Victims at most', value: (row) => row.victimsMax, unit: 'count' },
  { id: 'wait', header: 'Longest wait', value: (row) => row.longestWaitSeconds, unit: 'seconds' },
  { id: 'root', header: 'Root', value: (row) => row.root, wide: true },
  { id: 'rootState', header: 'Its state', value: (row) => row.rootState },
  { id: 'wanted', header: 'What was wanted', value: (row) => row.wanted, wide: true },
  {
    id: 'query',
    header: 'Root’s statement',
    value: (row) => (row.worst.session ? queryText(row.worst.session) : null),
    mono: true,
    wide: true,
  },
];

function Opener({ episode }: { episode: Episode }) {
  const [, open] = useUrlState('episode');
  return (
    <button type="button" className="link text-left" onClick={() => open(episode.id)}>
      <Moment at={episode.startedAt} />
    </button>
  );
}

/** Times when somebody blocked others, in the range of the page. */
export function EpisodesPanel({ id }: { id: string }) {
  const range = useRange();
  const episodes = useEpisodes(id, range);
  const [chosen, choose] = useUrlState('episode');
  const found = episodes.data?.items.find((episode) => episode.id === chosen);
  return (
    <Panel
      id="episodes"
      title="Episodes of blocking"
      note="A root blocker from the first waiter to the last, looked at every ten seconds; what was shorter may be missing."
      flush
    >
      <QueryState query={episodes} lines={4}>
        {(data) => (
          <DataTable
            id="episodes"
            label="Episodes of blocking"
            rows={data.items}
            columns={columns}
            rowKey={(row) => row.id}
            defaultSort="-startedAt"
            empty={
              <p className="px-3 pb-3 text-sm text-muted">
                Nobody was seen to block others in this range. Choose a longer one above.
              </p>
            }
          />
        )}
      </QueryState>
      <Dialog
        open={found !== undefined}
        onOpenChange={(open) => {
          if (!open) choose('');
        }}
        title="Episode of blocking"
        wide
      >
        {found ? <EpisodeDetails episode={found} /> : null}
      </Dialog>
    </Panel>
  );
}

function EpisodeDetails({ episode }: { episode: Episode }) {
  return (
    <div className="flex flex-col gap-3">
      <KeyValue
        items={[
          ['Root', episode.root],
          ['Began', <Moment key="began" at={episode.startedAt} />],
          ['Ended', <Moment key="ended" at={episode.endedAt} never="it goes on" />],
          ['Length', formatDuration(episode.seconds)],
          ['Victims at most', String(episode.victimsMax)],
          ['Longest wait', formatDuration(episode.longestWaitSeconds)],
        ]}
      />
      <h3 className="text-sm font-semibold">When most waited</h3>
      <LockTree roots={[episode.worst]} />
    </div>
  );
}
