import Link from 'next/link';
import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, plural } from '@/lib/base/format';
import type { Fleet } from '@/lib/contract/fleet';

const levels = ['crit', 'warn', 'unknown'] as const;
const words = { crit: 'critical', warn: 'warnings', unknown: 'unknown' } as const;

/** The whole fleet in a line: how many of what, and what is open. */
export function FleetSummary({ fleet }: { fleet: Fleet }) {
  const instances = fleet.clusters.flatMap((cluster) => cluster.instances);
  const away = instances.filter((instance) => instance.reachable === false).length;
  const bytes = fleet.clusters.reduce((sum, cluster) => sum + (cluster.bytes ?? 0), 0);
  const databases = fleet.clusters.reduce((sum, cluster) => sum + (cluster.databases ?? 0), 0);
  return (
    <section
      aria-label="Summary"
      className="flex flex-wrap items-center gap-x-6 gap-y-2 rounded-lg border border-line bg-surface px-3 py-2 text-sm"
    >
      {levels.map((level) => {
        const count = fleet.clusters.reduce((sum, cluster) => sum + cluster.findings[level], 0);
        return (
          <Link
            key={level}
            href={`/findings?level=${level}`}
            prefetch={false}
            className="inline-flex hover:underline"
          >
            {count === 0 ? (
              <span className="text-muted">0 {words[level]}</span>
            ) : (
              <StatusMark status={level} word={`${count} ${words[level]}`} />
            )}
          </Link>
        );
      })}
      <span className="text-muted">{plural(fleet.clusters.length, 'cluster')}</span>
      <span className="flex items-center gap-1.5 text-muted">
        {plural(instances.length, 'instance')}
        {away > 0 ? ',' : ''}
        {away > 0 ? <StatusMark status="unreachable" word={`${away} unreachable`} /> : null}
      </span>
      <span className="text-muted">
        {plural(databases, 'database')}, {formatBytes(bytes)}
      </span>
    </section>
  );
}
