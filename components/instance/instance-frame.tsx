'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { MarkLegend } from '@/components/charts/mark-legend';
import { useInstance } from '@/components/data/instance';
import { versionText } from '@/components/fleet/instance-line';
import { InstanceTabs } from '@/components/instance/instance-tabs';
import { RangeBar } from '@/components/instance/range-bar';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { PageHeader } from '@/components/ui/page-header';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import type { InstanceDetail } from '@/lib/contract/instances';

interface InstanceFrameProps {
  id: string;
  /** Anchors of a long page and their words. */
  sections?: readonly (readonly [anchor: string, label: string])[];
  /** Lists of the present moment have no range. */
  withoutRange?: boolean;
  /** Nothing on it could be drawn beside another day. */
  withoutComparison?: boolean;
  children: (instance: InstanceDetail) => ReactNode;
}

/** What every page of one instance has: its name and state, its pages, the range, and a word when it is away. */
export function InstanceFrame({
  id,
  sections = [],
  withoutRange,
  withoutComparison,
  children,
}: InstanceFrameProps) {
  const instance = useInstance(id);
  return (
    <QueryState query={instance} lines={6}>
      {(detail) => (
        <>
          <Header instance={detail} />
          <InstanceTabs id={id} />
          {withoutRange && sections.length === 0 ? null : (
            <div className="no-print sticky top-12 z-20 -mx-4 mb-3 flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line bg-canvas px-4 py-2 max-sm:static max-sm:-mx-3 max-sm:px-3">
              {withoutRange ? null : <RangeBar withoutComparison={withoutComparison} />}
              {withoutRange ? null : <MarkLegend clusterId={detail.clusterId} instanceId={id} />}
              <nav
                aria-label="Sections of this page"
                className="ml-auto flex flex-wrap gap-x-3 text-sm max-sm:ml-0"
              >
                {sections.map(([anchor, label]) => (
                  <a
                    key={anchor}
                    href={`#${anchor}`}
                    className="inline-flex min-h-6 items-center text-muted hover:text-ink hover:underline"
                  >
                    {label}
                  </a>
                ))}
              </nav>
            </div>
          )}
          <div className="flex flex-col gap-4">
            <Trouble instance={detail} />
            {children(detail)}
          </div>
        </>
      )}
    </QueryState>
  );
}

function Header({ instance }: { instance: InstanceDetail }) {
  const version = versionText(instance.serverVersionNum);
  return (
    <PageHeader
      title={instance.name}
      marks={
        <>
          <Badge>{instance.role === 'unknown' ? 'role unknown' : instance.role}</Badge>
          {version ? <Badge>PostgreSQL {version}</Badge> : null}
          <Badge>{instance.environment}</Badge>
          {instance.state === 'active' ? null : <StatusBadge status={instance.state} />}
          {instance.reachable === false ? <StatusBadge status="unreachable" /> : null}
        </>
      }
      note={
        <>
          {instance.host}:{instance.port} in{' '}
          <Link href={`/clusters/${instance.clusterId}`} prefetch={false} className="link">
            {instance.clusterName}
          </Link>
          , seen <Age at={instance.lastSeenAt} staleAfterSeconds={60} />
        </>
      }
    />
  );
}

function Trouble({ instance }: { instance: InstanceDetail }) {
  if (instance.state === 'draft') {
    return (
      <Banner tone="unknown" title="This instance is a draft">
        Nothing is collected until its connection test passes. Run the test on the{' '}
        <Link href={`/clusters/${instance.clusterId}`} prefetch={false} className="link">
          cluster’s page
        </Link>
        .
      </Banner>
    );
  }
  if (instance.reachable !== false) return null;
  return (
    <Banner tone="crit" title="The server does not answer">
      {instance.lastError ?? 'No connection could be made.'} Last seen <Age at={instance.lastSeenAt} />, and
      everything below is from then. Collecting goes on by itself when it is back.
    </Banner>
  );
}
