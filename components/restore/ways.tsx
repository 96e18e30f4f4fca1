'use client';

import { useCopies } from '@/components/data/copies';
import { useUrlState } from '@/components/data/url-state';
import { openOnes } from '@/components/restore/copy-choice';
import { DatabaseForm } from '@/components/restore/database-form';
import { MomentForm } from '@/components/restore/moment-form';
import { SwapForm } from '@/components/restore/swap-form';
import { TableForm, WaitingTable } from '@/components/restore/table-form';
import { ErrorLine } from '@/components/ui/error-state';
import { QueryState } from '@/components/ui/query-state';

/** A table comes from a copy: without one, opening it is the first step, and the rest says that it waits for it. */
export function TableWay({ clusterId }: { clusterId: string }) {
  const copies = useCopies(clusterId, true);
  return (
    <QueryState query={copies} lines={6}>
      {({ items }) => {
        const open = openOnes(items);
        if (open.length > 0) {
          return (
            <>
              <TableForm clusterId={clusterId} open={open} />
              <MomentForm clusterId={clusterId} title="Open another copy, at another moment" />
            </>
          );
        }
        return (
          <>
            <MomentForm clusterId={clusterId} title="1. Open a copy at the moment before" />
            <WaitingTable />
          </>
        );
      }}
    </QueryState>
  );
}

/** A database comes from a dump, or from a copy: then the copy is opened before the rest can be chosen. */
export function DatabaseWay({ clusterId }: { clusterId: string }) {
  const copies = useCopies(clusterId, true);
  const [from] = useUrlState('from', 'dump');
  const open = openOnes(copies.data?.items ?? []);
  const waits = from === 'copy' && open.length === 0;
  return (
    <>
      {from === 'copy' ? <ErrorLine error={copies.error} /> : null}
      <DatabaseForm clusterId={clusterId} open={open} />
      {waits ? <MomentForm clusterId={clusterId} title="Open a copy, which step 1 waits for" /> : null}
      <SwapForm clusterId={clusterId} />
      {waits ? null : <MomentForm clusterId={clusterId} />}
    </>
  );
}
