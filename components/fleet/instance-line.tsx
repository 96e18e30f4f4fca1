import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { Fleet } from '@/lib/contract/fleet';

type FleetInstance = Fleet['clusters'][number]['instances'][number];

/** What a server's state is, by the worst of what is known: not yet tested, paused, away, or its findings. */
function stateOf(instance: FleetInstance): string {
  if (instance.state !== 'active') return instance.state;
  return instance.reachable === false ? 'unreachable' : instance.level;
}

/** `150018` → `15.18`: the two parts of server_version_num since PostgreSQL 10. */
export function versionText(serverVersionNum: number | null): string | null {
  if (serverVersionNum === null) return null;
  return `${Math.floor(serverVersionNum / 10_000)}.${serverVersionNum % 10_000}`;
}

/** One server of a cluster in a line. */
export function InstanceLine({ instance }: { instance: FleetInstance }) {
  return (
    <li className="flex min-h-7 flex-wrap items-center gap-x-2 text-sm">
      <StatusMark status={stateOf(instance)} word="" />
      <Link href={`/instances/${instance.id}`} prefetch={false} className="link min-w-0 truncate font-medium">
        {instance.name}
      </Link>
      <Badge>{instance.role === 'unknown' ? 'role unknown' : instance.role}</Badge>
      <span className="text-xs text-muted">{versionText(instance.serverVersionNum)}</span>
      <span
        className="min-w-0 flex-1 truncate text-right text-xs text-muted"
        title={`${instance.host}:${instance.port}`}
      >
        {instance.reachable === false ? (
          <>
            away, last seen <Age at={instance.lastSeenAt} />
          </>
        ) : (
          `${instance.host}:${instance.port}`
        )}
      </span>
      {instance.reachable === false && instance.lastError ? (
        <p className="w-full pl-6 text-xs text-muted">{instance.lastError}</p>
      ) : null}
    </li>
  );
}
