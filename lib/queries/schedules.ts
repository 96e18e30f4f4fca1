import { type Actor, refusalFor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { Firing, Schedule, ScheduleDetail } from '@/lib/contract/schedules';
import { nextFire } from '@/lib/engine/next-fire';
import { titleOfKind } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { type FiringRow, firingsOf, listSchedules, type ScheduleRow } from '@/lib/store/schedules';

/** The next five moments of a cron line. @throws PlumblineError `bad-input` with the field that cannot be read. */
export function nextFires(cron: string, zone: string, after = new Date()): string[] {
  const moments: string[] = [];
  for (let at = after; moments.length < 5; ) {
    at = nextFire(cron, zone, at);
    moments.push(at.toISOString());
  }
  return moments;
}

function firing({ scheduleId: _, ...row }: FiringRow): Firing {
  return row;
}

/** A line that was valid when it was stored; one that a newer zone database no longer knows fires no more. */
function comingFires(row: ScheduleRow): string[] {
  if (!row.enabled) return [];
  try {
    return nextFires(row.cron, row.zone);
  } catch {
    return [];
  }
}

function view(actor: Actor, row: ScheduleRow, firings: readonly FiringRow[]): Schedule {
  const { clusterId, clusterName, nextFireAt: _, ...rest } = row;
  const job = jobDescriptor(row.kind);
  const last = firings.find((one) => one.scheduleId === row.id);
  return {
    ...rest,
    cluster: { id: clusterId, name: clusterName },
    title: titleOfKind(row.kind),
    currentVersion: job?.version ?? null,
    nextFires: comingFires(row),
    lastFiring: last ? firing(last) : null,
    refusal: refusalFor(actor, 'schedule') ?? (job ? refusalFor(actor, job.permission) : null),
  };
}

export async function schedules(
  db: Store,
  actor: Actor,
  filter: { clusterId?: string } = {},
): Promise<{ items: Schedule[] }> {
  const rows = await listSchedules(db, filter);
  const ids = rows.map((row) => row.id);
  const firings = await firingsOf(db, ids, 1);
  return { items: rows.map((row) => view(actor, row, firings)) };
}

/** One schedule with what it did. @throws PlumblineError `not-found` */
export async function schedule(db: Store, actor: Actor, id: string): Promise<ScheduleDetail> {
  const [row] = await listSchedules(db, { id });
  if (!row) {
    throw new PlumblineError('not-found', 'There is no such schedule.', {
      next: 'See the list of schedules.',
    });
  }
  const firings = await firingsOf(db, [id], 100);
  return { ...view(actor, row, firings), firings: firings.map(firing) };
}
