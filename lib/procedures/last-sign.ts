import type { LastKnown, PlanContext, PlanDraft } from '@/lib/engine/define-job';

/** `2026-11-21 20:15:07 UTC, 4 min ago`. */
export function momentText(at: string | null, now = Date.now()): string {
  if (at === null) return 'never';
  const minutes = Math.max(0, Math.round((now - Date.parse(at)) / 60_000));
  const age = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC, ${age} ago`;
}

/**
 * How much work of people a restored server does not have: from its last change to the old server's last sign of life.
 *
 * @param reached ISO 8601; null where it is not known.
 */
export function lostWork(
  ctx: PlanContext,
  last: LastKnown,
  reached: string | null,
): PlanDraft['estimates'][number] {
  const isDead = ctx.target.isReachable === false;
  const end = isDead ? Date.parse(last.seenAt ?? '') : Date.now();
  const seconds = (end - Date.parse(reached ?? '')) / 1000;
  const saved = reached === null ? 'not known' : momentText(reached);
  return {
    label: 'Work that will be missing',
    value: Number.isNaN(seconds) ? null : Math.max(0, seconds),
    unit: 'seconds',
    note: isDead
      ? `at most: the last saved change is of ${saved}; the old server last answered ${momentText(last.seenAt)}`
      : `and growing while the old server takes writes: the last saved change is of ${saved}`,
  };
}
