'use client';

import { BookOpen } from 'lucide-react';
import { classWords } from '@/components/replication/words';
import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Replication, ReplicationServer } from '@/lib/contract/replication';

type Row = ReplicationServer['reads'][number] & { instanceId: string; name: string };

const columns: readonly Column<Row>[] = [
  { id: 'name', header: 'Standby', value: ({ name }) => name },
  {
    id: 'class',
    header: 'For',
    value: (row) => classWords[row.class].title,
    cell: (row) => <span title={classWords[row.class].means}>{classWords[row.class].title}</span>,
  },
  {
    id: 'ready',
    header: 'Verdict',
    value: ({ ready }) => (ready ? 'Ready' : 'Not ready'),
    cell: ({ ready }) => (
      <StatusMark
        status={ready ? 'ready' : 'stopped'}
        word={ready ? 'Ready' : 'Not ready'}
        className="whitespace-nowrap"
      />
    ),
  },
  { id: 'reason', header: 'Because', value: ({ reason }) => reason, wide: true },
  {
    id: 'since',
    header: 'Since',
    value: ({ since }) => since,
    cell: ({ since }) => <Age at={since} never="–" />,
  },
  { id: 'becameReady', header: 'Became ready', value: ({ becameReady }) => becameReady, unit: 'count' },
  {
    id: 'becameUnready',
    header: 'Became not ready',
    value: ({ becameUnready }) => becameUnready,
    unit: 'count',
  },
];

/** Which standby may serve reads, how often that changed, and how a load balancer asks. */
export function CanReadPanel({ data }: { data: Replication }) {
  const rows = data.servers.flatMap(({ instanceId, name, reads }) =>
    reads.map((read): Row => ({ ...read, instanceId, name })),
  );
  const limit = formatDuration(data.lagMs / 1000);
  const path = `/api/v1/clusters/${data.clusterId}/can-read?class=read&lagMs=${data.lagMs}`;
  const one = rows[0] ? `&instance=${encodeURIComponent(rows[0].name)}` : '&instance=NAME';
  return (
    <Panel
      title="Who may serve reads"
      note={`At most ${limit} behind. Out at once, back after 30 s without a fault; what was not read for 25 s is not ready.`}
      flush
    >
      <DataTable
        id="can-read"
        label="Who may serve reads"
        rows={rows}
        columns={columns}
        rowKey={(row) => `${row.instanceId}/${row.class}`}
        defaultSort="name"
        plain={rows.length < 12}
        empty={
          <EmptyState icon={BookOpen} title="No standby to read from">
            Reads go to the primary. Add a standby to the cluster to have a verdict here.
          </EmptyState>
        }
      />
      <details className="px-3 py-2 text-sm">
        <summary className="cursor-pointer text-muted">How a load balancer asks</summary>
        <div className="mt-2 flex max-w-prose flex-col gap-2">
          <p>
            200 when a standby may serve such reads, 503 when none may; the body names each server and its
            reason. With <code className="font-mono text-xs">instance</code> the answer is about that one, as
            a health check of a backend wants it. The token needs no more than the role of a viewer. No
            database server is asked: the verdict is of the last tick, at most some 10 s old, and{' '}
            <code className="font-mono text-xs">ageMs</code> says how old; a lag may have grown by as much
            since.
          </p>
          <CodeBlock
            label="A request by curl"
            wrap
            code={`curl -sf -H "Authorization: Bearer $TOKEN" \\\n  "$CONSOLE${path}"`}
          />
          <CodeBlock
            label="A health check of HAProxy"
            wrap
            code={`option httpchk\nhttp-check send meth GET uri ${path}${one} hdr Authorization "Bearer \${TOKEN}"\nhttp-check expect status 200`}
          />
        </div>
      </details>
    </Panel>
  );
}
