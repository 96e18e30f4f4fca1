'use client';

import { SessionActs } from '@/components/activity/session-acts';
import { queryText } from '@/components/activity/sessions-panel';
import { Badge } from '@/components/ui/status-mark';
import { formatDuration, plural } from '@/lib/base/format';
import type { LockTreeNode, SessionAct } from '@/lib/contract/activity';

interface LockTreeProps {
  roots: readonly LockTreeNode[];
  acts?: readonly SessionAct[];
  clusterId?: string;
  instanceId?: string;
}

/** Who waits for whom: each root with those behind it, and those behind them. */
export function LockTree({ roots, acts = [], clusterId = '', instanceId = '' }: LockTreeProps) {
  return (
    <ul className="flex flex-col gap-3" aria-label="Blocking tree">
      {roots.map((root) => (
        <li key={root.key} data-root={root.key}>
          <Node node={root} isRoot acts={acts} clusterId={clusterId} instanceId={instanceId} />
        </li>
      ))}
    </ul>
  );
}

interface NodeProps {
  node: LockTreeNode;
  isRoot?: boolean;
  acts: readonly SessionAct[];
  clusterId: string;
  instanceId: string;
}

function whoIs({ kind, pid, session, prepared }: LockTreeNode): string {
  if (kind === 'prepared') return `Prepared transaction ${prepared ?? '(which one is not known)'}`;
  if (kind === 'unseen' || !session) return `Process ${pid}, which had ended or cannot be seen`;
  const who = session.user ?? session.kind;
  return `${kind === 'deadlock' ? 'Deadlock: ' : ''}Process ${pid} of ${who}${session.database ? ` in ${session.database}` : ''}`;
}

function Node({ node, isRoot = false, acts, clusterId, instanceId }: NodeProps) {
  const { session } = node;
  return (
    <div
      className={isRoot ? 'rounded-md border border-line px-3 py-2' : 'border-l-2 border-line py-1.5 pl-3'}
    >
      <div className="flex flex-wrap items-start gap-x-2 gap-y-1">
        <div className="min-w-0 flex-1 basis-72">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-sm">
            <span className="font-medium break-words">{whoIs(node)}</span>
            {isRoot ? <Badge>root</Badge> : null}
            {node.victims > 0 ? <Badge>{plural(node.victims, 'victim')}</Badge> : null}
            {session && session.kind !== 'client' ? <Badge>{session.kind}</Badge> : null}
            {session && session.workers > 0 ? (
              <Badge>{plural(session.workers, 'parallel worker')}</Badge>
            ) : null}
          </p>
          <p className="text-xs text-muted">{detailsOf(node)}</p>
          {session ? (
            <p className="mt-0.5 max-h-16 overflow-y-auto font-mono text-xs break-words">
              {queryText(session)}
            </p>
          ) : null}
          {node.kind === 'prepared' ? (
            <p className="mt-0.5 text-xs">
              It has no session: end it in its database by <code>rollback prepared</code> or{' '}
              <code>commit prepared</code>.
            </p>
          ) : null}
        </div>
        {session && acts.length > 0 ? (
          <div className="flex flex-wrap gap-2">
            <SessionActs acts={acts} session={session} clusterId={clusterId} instanceId={instanceId} />
            {isRoot && node.victims > 1 ? (
              <SessionActs
                acts={acts.slice(0, 1)}
                session={session}
                clusterId={clusterId}
                instanceId={instanceId}
                victims={node.victims}
              />
            ) : null}
          </div>
        ) : null}
      </div>
      {node.children.length > 0 ? (
        <ul className="mt-1.5 ml-2 flex flex-col gap-1">
          {node.children.map((child) => (
            <li key={child.key}>
              <Node node={child} acts={acts} clusterId={clusterId} instanceId={instanceId} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function detailsOf({ session, alsoBehind }: LockTreeNode): string {
  if (!session) return '';
  const { lock } = session;
  const parts = [
    lock
      ? `wants ${lock.mode} on ${lock.object}${lock.seconds === null ? '' : `, waits ${formatDuration(lock.seconds)}`}${lock.held ? `; held: ${lock.held}` : ''}`
      : (session.state ?? ''),
    session.xactSeconds === null ? '' : `transaction open ${formatDuration(session.xactSeconds)}`,
    session.application ? `as “${session.application}”` : '',
    `from ${session.client}`,
    alsoBehind.length > 0
      ? `also behind ${alsoBehind.map((pid) => (pid === 0 ? 'a prepared transaction' : pid)).join(', ')}`
      : '',
  ];
  return parts.filter(Boolean).join(' · ');
}
