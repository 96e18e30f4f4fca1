'use client';

import { useJobs } from '@/components/data/jobs';
import { useSchedules } from '@/components/data/schedules';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { formatBytes, formatDuration } from '@/lib/base/format';
import type { Job } from '@/lib/contract/jobs';
import type { Recovery } from '@/lib/contract/recovery';

/** Early on Sunday, by the zone that the form proposes. */
const weekly = '0 4 * * 0';

/** The kind that drills backups of the whole server: found by what it says of itself. */
function isServerDrill({ permission, schedulable, choices }: Job): boolean {
  return (
    permission === 'drill' &&
    schedulable &&
    Object.values(choices).some((source) => source.from === 'backups' && source.type === 'physical')
  );
}

/**
 * Proposes a weekly drill where none is on a schedule, with what it costs. It only leads to the form: nothing is
 * switched on unless somebody saves it there.
 */
export function WeeklyDrill({ recovery }: { recovery: Recovery }) {
  const { cluster, backups, drills } = recovery;
  const job = useJobs().data?.items.find(isServerDrill);
  const schedules = useSchedules(cluster.id).data?.items;
  const newest = backups.find(({ state, isRestorable }) => state === 'ready' && isRestorable);
  if (!job || !schedules || !newest) return null;
  if (schedules.some(({ kind, enabled }) => kind === job.id && enabled)) return null;
  const last = drills.find(({ database, restoreSeconds }) => database === null && restoreSeconds !== null);
  const took =
    last?.restoreSeconds == null
      ? 'How long it takes is not known before the first one.'
      : `The last one was back after ${formatDuration(last.restoreSeconds)}, the checks came on top.`;
  return (
    <Banner
      tone="info"
      title="No drill of the whole server is on a schedule"
      actions={
        <ButtonLink
          href={`/schedules/new/${job.id}?${new URLSearchParams({ clusterId: cluster.id, cron: weekly })}`}
        >
          See a weekly drill
        </ButtonLink>
      }
    >
      Its cost: it reads the backups of {formatBytes(newest.bytes)} and more from the repository, and needs
      room for the whole server on the worker while it runs. {took} Nothing is switched on until you save it.
    </Banner>
  );
}
