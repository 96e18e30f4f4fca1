'use client';

import Link from 'next/link';
import { lagText, statusOf, wordOf } from '@/components/replication/words';
import { classNames } from '@/components/ui/class-names';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { formatBytes } from '@/lib/base/format';
import type { Replication, ReplicationServer } from '@/lib/contract/replication';

/** Who feeds whom: the primary, its standbys under it, and those that they feed under them. */
export function Topology({ data }: { data: Replication }) {
  const { servers } = data;
  const ids = new Set(servers.map(({ instanceId }) => instanceId));
  const primaryId = data.primary?.instanceId;
  const isRoot = (server: ReplicationServer) =>
    server.instanceId === primaryId || server.upstreamId === null || !ids.has(server.upstreamId);
  const roots = servers
    .filter(isRoot)
    .sort((a, b) => Number(b.instanceId === primaryId) - Number(a.instanceId === primaryId));
  return (
    <ul className="flex flex-col gap-2">
      {roots.map((server) => (
        <Node key={server.instanceId} server={server} servers={servers} isRoot path={[]} />
      ))}
    </ul>
  );
}

interface NodeProps {
  server: ReplicationServer;
  servers: readonly ReplicationServer[];
  isRoot: boolean;
  /** The servers above: a loop in what was read must not become one here. */
  path: readonly string[];
}

function Node({ server, servers, isRoot, path }: NodeProps) {
  const { instanceId, name, role, standby } = server;
  const fed = servers.filter((each) => each.upstreamId === instanceId && !path.includes(each.instanceId));
  const below = [...path, instanceId];
  return (
    <li>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <Link href={`/instances/${instanceId}/replication`} prefetch={false} className="link font-medium">
          {name}
        </Link>
        <Badge>{role === 'unknown' ? 'role unknown' : role}</Badge>
        {role === 'standby' ? (
          <>
            <StatusMark status={statusOf(server)} word={wordOf(server)} />
            {standby ? <Stage facts={standby} isRoot={isRoot} /> : null}
          </>
        ) : (
          <StatusMark
            status={server.reachable === false ? 'unreachable' : server.reachable ? 'ok' : 'unknown'}
            word={server.reachable === false ? undefined : server.reachable ? 'Answers' : 'Not read yet'}
          />
        )}
      </div>
      {fed.length > 0 ? (
        <ul className={classNames('mt-2 ml-2 flex flex-col gap-2 border-l-2 border-line pl-4')}>
          {fed.map((each) => (
            <Node key={each.instanceId} server={each} servers={servers} isRoot={false} path={below} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Stage({ facts, isRoot }: { facts: NonNullable<ReplicationServer['standby']>; isRoot: boolean }) {
  return (
    <span className="text-muted tabular-nums">
      {facts.behindBytes === null
        ? 'behind by an unknown amount'
        : `${formatBytes(facts.behindBytes)} behind`}
      {facts.lagSeconds === null ? '' : `, ${lagText(facts)}`}
      {facts.syncState && facts.syncState !== 'async' ? `, ${facts.syncState}` : ''}
      {isRoot ? `, fed by ${facts.fedBy}` : ''}
    </span>
  );
}
