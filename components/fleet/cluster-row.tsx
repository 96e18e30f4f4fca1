import Link from 'next/link';
import { Sparkline } from '@/components/charts/sparkline';
import { EnvironmentBadge } from '@/components/cluster/environment-badge';
import { InstanceLine } from '@/components/fleet/instance-line';
import { Age } from '@/components/ui/age';
import { classNames } from '@/components/ui/class-names';
import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, formatValue, plural } from '@/lib/base/format';
import { type Unit, units } from '@/lib/base/units';
import type { FleetCluster } from '@/lib/contract/fleet';

const edges = {
  crit: 'border-l-crit',
  warn: 'border-l-warn',
  unknown: 'border-l-unknown',
  ok: 'border-l-line',
};

function asUnit(text: string): Unit {
  return units.find((unit) => unit === text) ?? 'none';
}

/** After this long without any result a cluster's figures are old news. */
const staleAfterSeconds = 60;

/** One cluster of the fleet: what is wrong, how it runs, its servers, its last proof of recovery. */
export function ClusterRow({ cluster }: { cluster: FleetCluster }) {
  const { findings } = cluster;
  const total = findings.crit + findings.warn + findings.unknown;
  return (
    <li
      className={classNames(
        'grid gap-x-6 gap-y-3 rounded-lg border border-l-4 border-line bg-surface px-3 py-2.5',
        'lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1.2fr)] xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1.2fr)]',
        edges[cluster.level],
      )}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h2 className="min-w-0 text-base font-semibold">
            <Link href={`/clusters/${cluster.id}`} prefetch={false} className="hover:underline">
              {cluster.name}
            </Link>
          </h2>
          <EnvironmentBadge of={cluster} />
          <span className="text-xs text-muted">
            {cluster.databases === null ? null : plural(cluster.databases, 'database')}
            {cluster.bytes === null ? null : `, ${formatBytes(cluster.bytes)}`}
          </span>
        </div>
        <Findings cluster={cluster} total={total} />
        <p className="mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
          <span>
            data: <Age at={cluster.observedAt} never="none yet" staleAfterSeconds={staleAfterSeconds} />
          </span>
          <span>
            backup:{' '}
            {cluster.lastBackup ? (
              <Link href={`/backups/${cluster.lastBackup.id}`} prefetch={false} className="hover:underline">
                <Age at={cluster.lastBackup.at} />
              </Link>
            ) : (
              'none'
            )}
          </span>
          <span>
            drill:{' '}
            {cluster.lastDrill ? (
              <Link href={`/runs/${cluster.lastDrill.runId}`} prefetch={false} className="hover:underline">
                {cluster.lastDrill.verdict}, <Age at={cluster.lastDrill.at} />
              </Link>
            ) : (
              'none'
            )}
          </span>
        </p>
      </div>
      <dl className="grid min-w-0 content-start gap-y-1 max-xl:order-last">
        {cluster.sparklines.map((spark) => (
          <div key={`${spark.check}${spark.label}`} className="flex items-center gap-2 text-sm">
            <dt className="min-w-0 flex-1 truncate text-muted">{spark.label}</dt>
            <dd className="font-medium">{formatValue(spark.latest, asUnit(spark.unit))}</dd>
            <dd className="w-24 text-right">
              <Sparkline values={spark.values} label={spark.label} unit={asUnit(spark.unit)} />
            </dd>
          </div>
        ))}
      </dl>
      <ul className="min-w-0 self-start">
        {cluster.instances.length === 0 ? (
          <li className="text-sm text-muted">
            No server yet.{' '}
            <Link className="link" href={`/clusters/${cluster.id}`} prefetch={false}>
              Add one
            </Link>
          </li>
        ) : null}
        {cluster.instances.map((instance) => (
          <InstanceLine key={instance.id} instance={instance} />
        ))}
      </ul>
    </li>
  );
}

function Findings({ cluster, total }: { cluster: FleetCluster; total: number }) {
  if (total === 0) {
    return (
      <p className="mt-1 text-sm">
        <StatusMark
          status={cluster.observedAt ? cluster.level : 'unknown'}
          word={cluster.observedAt ? 'Nothing is wrong by any check' : 'Nothing measured yet'}
        />
      </p>
    );
  }
  return (
    <ul className="mt-1 flex flex-col gap-0.5 text-sm">
      {cluster.worst.map((finding) => (
        <li key={finding.id} className="flex items-start gap-1.5">
          <StatusMark status={finding.level} word="" className="mt-0.5" />
          <span className="min-w-0">{finding.sentence}</span>
        </li>
      ))}
      {total > cluster.worst.length ? (
        <li>
          <Link href={`/findings?clusterId=${cluster.id}`} prefetch={false} className="link">
            and {total - cluster.worst.length} more
          </Link>
        </li>
      ) : null}
    </ul>
  );
}
