'use client';

import { useRecovery } from '@/components/data/recovery';
import { useUrlState } from '@/components/data/url-state';
import { DrillsPanel } from '@/components/recovery/drills-panel';
import { ExposurePanel } from '@/components/recovery/exposure-panel';
import { HolesPanel } from '@/components/recovery/holes-panel';
import { StanzaPanel } from '@/components/recovery/stanza-panel';
import { WeeklyDrill } from '@/components/recovery/weekly-drill';
import { defaultRange, WindowPanel } from '@/components/recovery/window-panel';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { QueryState } from '@/components/ui/query-state';
import { Badge } from '@/components/ui/status-mark';
import type { Recovery } from '@/lib/contract/recovery';

interface RecoveryPageProps {
  id: string;
  /** Why this person may not change objectives. */
  refusal: string | null;
}

/** What could be brought back of a cluster, how fast, and what stands in the way. */
export function RecoveryPage({ id, refusal }: RecoveryPageProps) {
  const [range] = useUrlState('range', defaultRange);
  const query = useRecovery(id, range);
  const data = query.data;
  return (
    <>
      <PageHeader
        title={data ? `Recovery of ${data.cluster.name}` : 'Recovery'}
        marks={data ? <Badge>{data.cluster.environment}</Badge> : null}
        note="What can be brought back, to which second, how fast, and what stands in the way."
        actions={
          <>
            <ButtonLink href={`/clusters/${id}/restore`} look="primary">
              Restore
            </ButtonLink>
            <ButtonLink href={`/clusters/${id}`}>Cluster</ButtonLink>
            <ButtonLink href={`/backups?clusterId=${id}`}>Backups</ButtonLink>
            <ButtonLink href={`/clusters/${id}/recovery/retention`}>Retention</ButtonLink>
            <ButtonLink href={`/clusters/${id}/recovery/setup`}>Set-up</ButtonLink>
            <ButtonLink href={`/clusters/${id}/emergency`}>Emergency sheet</ButtonLink>
          </>
        }
      />
      <QueryState query={query} lines={12}>
        {(loaded) => <Loaded recovery={loaded} refusal={refusal} />}
      </QueryState>
    </>
  );
}

function Loaded({ recovery, refusal }: { recovery: Recovery; refusal: string | null }) {
  return (
    <div className="flex flex-col gap-4">
      <Warnings recovery={recovery} />
      <WindowPanel recovery={recovery} />
      <div className="grid gap-4 lg:grid-cols-2">
        <ExposurePanel recovery={recovery} />
        <StanzaPanel recovery={recovery} />
      </div>
      <HolesPanel recovery={recovery} />
      <WeeklyDrill recovery={recovery} />
      <DrillsPanel recovery={recovery} refusal={refusal} />
    </div>
  );
}

/** What must be known before the window is believed. */
function Warnings({ recovery: { stanza, archiveHoles, backups } }: { recovery: Recovery }) {
  const open = archiveHoles.filter(({ healedAt, isByRetention }) => healedAt === null && !isByRetention);
  const newest = backups.find(({ state }) => state === 'ready');
  return (
    <>
      {stanza?.stopFile ? (
        <Banner tone="crit" title="A stop file forbids archiving and backups">
          Somebody ran “pgbackrest stop”: WAL piles up on the server until its disk is full. Run “pgbackrest
          start” for the stanza {stanza.name}. The file:{' '}
          <code className="font-mono text-xs">{stanza.stopFile}</code>
        </Banner>
      ) : null}
      {stanza?.problem ? (
        <Banner tone="crit" title="A repository cannot be read">
          {stanza.problem} Everything below is as it was read last, <Age at={stanza.lookedAt} />.
        </Banner>
      ) : null}
      {open.length > 0 ? (
        <Banner tone="crit" title="The archive has a hole that no backup heals">
          Nothing that was written since can be reached. Take a backup now: the window goes on at its end.
          Then find out what lost {open[0]?.missing}.
        </Banner>
      ) : null}
      {newest?.hasErrors ? (
        <Banner tone="crit" title="The newest backup holds damaged pages">
          {newest.label} is kept and not counted as good: the damage is in the server’s own files. Older
          backups must not expire before it is mended.
        </Banner>
      ) : null}
    </>
  );
}
