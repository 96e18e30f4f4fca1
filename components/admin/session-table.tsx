import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Session } from '@/lib/contract/account';

/** Browser and system out of a User-Agent header, in words; the header itself when it is none that we know. */
export function browserName(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Version)\/(\d+)/.exec(userAgent);
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0];
  if (!browser) return userAgent || 'unknown';
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari' };
  const name = names[browser[1] ?? ''] ?? browser[1];
  return `${name} ${browser[2]}${system ? ` on ${system.replace('Mac OS X', 'macOS')}` : ''}`;
}

interface SessionTableProps {
  sessions: readonly Session[];
  busy: boolean;
  onEnd: (id: string) => void;
}

export function SessionTable({ sessions, busy, onEnd }: SessionTableProps) {
  const columns: Column<Session>[] = [
    {
      id: 'browser',
      header: 'Browser',
      wide: true,
      value: (session) => browserName(session.userAgent),
      cell: (session) => (
        <span title={session.userAgent} className="inline-flex flex-wrap items-center gap-2">
          {browserName(session.userAgent)}
          {session.current ? <StatusBadge status="active" word="This one" /> : null}
        </span>
      ),
    },
    {
      id: 'seen',
      header: 'Last request',
      value: (session) => session.lastSeenAt,
      cell: (session) => <Age at={session.lastSeenAt} />,
    },
    {
      id: 'since',
      header: 'Signed in',
      value: (session) => session.createdAt,
      cell: (session) => <Age at={session.createdAt} />,
    },
    {
      id: 'until',
      header: 'Ends',
      value: (session) => session.expiresAt,
      cell: (session) => <Age at={session.expiresAt} />,
    },
    {
      id: 'acts',
      header: 'Acts',
      value: () => null,
      cell: (session) =>
        session.current ? null : (
          <Button size="small" disabled={busy} onClick={() => onEnd(session.id)}>
            End
          </Button>
        ),
    },
  ];
  return (
    <DataTable
      id="sessions"
      label="Your sessions"
      rows={sessions}
      columns={columns}
      rowKey={(session) => session.id}
      defaultSort="-seen"
      plain
    />
  );
}
