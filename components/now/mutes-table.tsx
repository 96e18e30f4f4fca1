'use client';

import { BellOff } from 'lucide-react';
import { useMuteActs, useMutes } from '@/components/data/mutes';
import { Age, Moment } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { Mute } from '@/lib/contract/mutes';

const columns: Column<Mute>[] = [
  {
    id: 'level',
    header: 'Now',
    value: ({ level }) => level,
    cell: ({ level }) => (level ? <StatusMark status={level} /> : <StatusMark status="ok" word="Not open" />),
  },
  { id: 'object', header: 'Object', value: ({ object }) => object },
  { id: 'check', header: 'Check', value: ({ title }) => title },
  { id: 'cluster', header: 'Cluster', value: ({ clusterName }) => clusterName },
  { id: 'server', header: 'Server', value: ({ instanceName }) => instanceName ?? 'all of the cluster' },
  { id: 'database', header: 'Database', value: ({ database }) => database, hidden: true },
  { id: 'reason', header: 'Why', value: ({ reason }) => reason, wide: true },
  { id: 'by', header: 'Muted by', value: ({ mutedByName }) => mutedByName },
  { id: 'at', header: 'Since', value: ({ mutedAt }) => mutedAt, cell: ({ mutedAt }) => <Age at={mutedAt} /> },
];

const until: Column<Mute> = {
  id: 'until',
  header: 'Until',
  value: ({ until: end }) => end,
  cell: ({ until: end }) => <Moment at={end} />,
};
const ended: Column<Mute>[] = [
  {
    id: 'ended',
    header: 'Ended',
    value: ({ endedAt }) => endedAt,
    cell: ({ endedAt }) => <Moment at={endedAt} />,
  },
  { id: 'endedBy', header: 'Ended by', value: ({ endedByName }) => endedByName ?? 'its end' },
];

interface MutesTableProps {
  clusterId?: string;
  state: 'active' | 'over';
  refusal: string | undefined;
}

/** What is muted, by whom, why and until when; a button takes it back. */
export function MutesTable({ clusterId, state, refusal }: MutesTableProps) {
  const mutes = useMutes({ clusterId, state });
  const { unmute } = useMuteActs();
  const act: Column<Mute> = {
    id: 'act',
    header: 'Undo',
    value: () => null,
    cell: ({ id, object }) => (
      <Button
        size="small"
        disabled={refusal !== undefined || unmute.isPending}
        title={refusal}
        aria-label={`Unmute ${object}`}
        onClick={() => unmute.mutate(id)}
      >
        Unmute
      </Button>
    ),
  };
  return (
    <>
      <ErrorLine error={unmute.error} />
      <QueryState query={mutes} lines={4}>
        {(data) => (
          <DataTable
            id="mutes"
            label="Mutes"
            rows={data.items}
            columns={state === 'active' ? [...columns, until, act] : [...columns, ...ended]}
            rowKey={({ id }) => id}
            empty={
              <EmptyState
                icon={BellOff}
                title={state === 'active' ? 'Nothing is muted' : 'No mute has ended yet'}
              >
                A finding that is known and accepted for a while can be muted at its row, with a reason and an
                end.
              </EmptyState>
            }
          />
        )}
      </QueryState>
    </>
  );
}
