'use client';

import { useMemo } from 'react';
import { MomentBar, useMoment } from '@/components/activity/moment-bar';
import { SessionActs } from '@/components/activity/session-acts';
import { StandingNotice } from '@/components/activity/standing-notice';
import { useSessions } from '@/components/data/activity';
import { useInstanceChecks } from '@/components/data/instance';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckTitle } from '@/components/instance/check-title';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { ActiveSession, Sessions } from '@/lib/contract/activity';

/** The text of a session's statement, or why there is none. */
export function queryText(session: ActiveSession): string {
  if (session.queryHidden) return 'hidden from your role: it may hold literals';
  return session.query ?? (session.queryId ? `query ${session.queryId}` : 'not kept');
}

function columnsOf(data: Sessions, clusterId: string, instanceId: string): Column<ActiveSession>[] {
  const columns: Column<ActiveSession>[] = [
    { id: 'pid', header: 'Process', value: (row) => row.pid, align: 'right', cell: (row) => row.pid },
    { id: 'user', header: 'User', value: (row) => row.user ?? row.kind },
    { id: 'database', header: 'Database', value: (row) => row.database },
    { id: 'client', header: 'From', value: (row) => row.client, hidden: true },
    { id: 'kind', header: 'Kind', value: (row) => row.kind, hidden: true },
    { id: 'state', header: 'State', value: (row) => row.state },
    { id: 'wait', header: 'Waits for', value: (row) => row.wait ?? (row.state === 'active' ? 'CPU' : null) },
    { id: 'xact', header: 'Transaction', value: (row) => row.xactSeconds, unit: 'seconds' },
    // What it does comes before what only sometimes helps: a narrow page shows the first columns.
    { id: 'blockedBy', header: 'Behind', value: (row) => row.blockedBy.join(', ') || null },
    { id: 'query', header: 'Statement', value: queryText, mono: true, wide: true },
    { id: 'since', header: 'In this state', value: (row) => row.stateSeconds, unit: 'seconds' },
    { id: 'application', header: 'Application', value: (row) => row.application },
    { id: 'workers', header: 'Workers', value: (row) => row.workers, unit: 'count', hidden: true },
    { id: 'backendStart', header: 'Began', value: (row) => row.backendStart, mono: true, hidden: true },
    { id: 'queryId', header: 'Query id', value: (row) => row.queryId, mono: true, hidden: true },
  ];
  if (data.acts.length === 0) return columns;
  const acts: Column<ActiveSession> = {
    id: 'acts',
    header: 'Act',
    value: () => null,
    cell: (row) => (
      <SessionActs acts={data.acts} session={row} clusterId={clusterId} instanceId={instanceId} />
    ),
  };
  return [...columns.slice(0, 1), acts, ...columns.slice(1)];
}

/** Sessions that are not idle: now, or at the moment that was chosen on the chart. */
export function SessionsPanel({ id, clusterId }: { id: string; clusterId: string }) {
  const at = useMoment();
  const sessions = useSessions(id, at);
  const data = sessions.data;
  const columns = useMemo(() => (data ? columnsOf(data, clusterId, id) : []), [data, clusterId, id]);
  const check = useInstanceChecks(id).data?.items.find(({ feeds }) => feeds === 'activity.sessions');
  const title = at ? 'Sessions at that moment' : 'Sessions now';
  return (
    <Panel
      id="sessions"
      title={check ? <CheckTitle check={check} title={title} /> : title}
      note="Not idle, waiting or waited for. Idle ones are counted under Connections."
      at={data?.at ?? null}
      staleAfterSeconds={at ? undefined : 30}
      flush
      actions={<MomentBar seenAt={data?.at ?? null} />}
    >
      <AboutCheck checks={check ? [check] : []} />
      <QueryState query={sessions} lines={6}>
        {(list) => (
          <>
            <StandingNotice {...list} />
            {list.at === null ? (
              <EmptyState title={at ? 'Nobody looked at that moment' : 'No list yet'}>
                {at
                  ? 'Lists are kept for 14 days while the collector runs. Choose another moment on the chart.'
                  : 'The first one comes with the next round of the collector, some ten seconds from now.'}
              </EmptyState>
            ) : (
              <DataTable
                id="sessions"
                label="Sessions"
                rows={list.items}
                columns={columns}
                rowKey={(row) => `${row.pid}@${row.backendStart}`}
                defaultSort="-xact"
                empty={<p className="px-3 pb-3 text-sm text-muted">All sessions were idle.</p>}
                note={
                  list.total > list.items.length
                    ? `${list.items.length} of ${list.total}: those that wait or block and the oldest transactions first.`
                    : undefined
                }
              />
            )}
          </>
        )}
      </QueryState>
    </Panel>
  );
}
