import { formatDuration } from '@/lib/base/format';
import type { StandbyVerdict } from '@/lib/engine/standby-verdict';

/**
 * What reads are for. `read`: an application's own, at once. `analytics`: long ones, which replay must not cancel.
 * `background`: dumps, checks and other work that only wants a copy of known age.
 */
export const readClasses = ['read', 'analytics', 'background'] as const;
export type ReadClass = (typeof readClasses)[number];

export const defaultLagMs = 5_000;
/** Out of the pool at once, back only after so long without any fault: a standby at its limit must not flap. */
export const holdSeconds = 30;
/** A verdict older than this is none: two and a half rounds of the collector. */
export const staleAfterSeconds = 25;
/** Queries of analytics must live this long against replay. */
const patienceSeconds = 300;

/** What one tick said about reading from a standby. */
export interface ReadSample {
  /** Milliseconds since 1970, on the collector's clock. */
  at: number;
  /** The most that a reader may be behind: the lag plus how far apart the two positions were read. */
  lagSeconds: number | null;
  /** Why a class may not read, lag apart. */
  blocked: Partial<Record<ReadClass, string>>;
}

/** How the standby treats long queries: max_standby_streaming_delay (−1: waits for ever) and hot_standby_feedback. */
export interface ReplayPatience {
  hotStandbyFeedback: boolean;
  standbyDelaySeconds: number;
}

/** One tick's word on reading, from the row of the truth table. */
export function readSample(
  at: number,
  verdict: Pick<StandbyVerdict, 'state' | 'lagSeconds' | 'unknownReason'>,
  apartSeconds: number,
  patience: ReplayPatience,
): ReadSample {
  const blocked: ReadSample['blocked'] = {};
  const block = (reason: string, ...classes: ReadClass[]) => {
    for (const each of classes) blocked[each] ??= reason;
  };
  const { state } = verdict;
  if (state === 'diverged') block('it is no copy of the primary any more', ...readClasses);
  if (state === 'unknown') block(verdict.unknownReason ?? 'its lag is not known', ...readClasses);
  if (state === 'cut') block('its stream is cut', 'read', 'analytics');
  if (state === 'paused') block('its replay is paused', 'read');
  if (state === 'stalled') block('its replay stands still', 'read');
  const { hotStandbyFeedback, standbyDelaySeconds } = patience;
  if (!hotStandbyFeedback && standbyDelaySeconds >= 0 && standbyDelaySeconds < patienceSeconds) {
    block(
      `replay cancels queries after ${formatDuration(standbyDelaySeconds)} there: set hot_standby_feedback, or max_standby_streaming_delay to 5 min or more`,
      'analytics',
    );
  }
  const lagSeconds = verdict.lagSeconds === null ? null : verdict.lagSeconds + apartSeconds;
  return { at, lagSeconds, blocked };
}

export interface ReadVerdict {
  ready: boolean;
  /** Why not; null when ready. */
  reason: string | null;
}

/**
 * Whether a class may read from a standby that was seen as `samples` say (oldest first), at most `limitMs` behind. Not
 * knowing is no. The limit may differ from request to request, so the hold is judged from the samples themselves.
 */
export function canRead(
  samples: readonly ReadSample[],
  readClass: ReadClass,
  limitMs: number,
  nowMs: number,
): ReadVerdict {
  const newest = samples.at(-1);
  if (!newest) return no('nothing was measured yet');
  const ageSeconds = (nowMs - newest.at) / 1000;
  if (ageSeconds > staleAfterSeconds) return no(`it was last measured ${formatDuration(ageSeconds)} ago`);
  const fault = faultOf(newest, readClass, limitMs);
  if (fault) return no(fault);
  const last = samples.findLast((sample) => faultOf(sample, readClass, limitMs) !== null);
  if (!last) return { ready: true, reason: null };
  const goodSeconds = (nowMs - last.at) / 1000;
  if (goodSeconds >= holdSeconds) return { ready: true, reason: null };
  const left = formatDuration(Math.ceil(holdSeconds - goodSeconds));
  return no(
    `it was not ready ${formatDuration(goodSeconds)} ago, and is again if it stays well for ${left} more`,
  );
}

function no(reason: string): ReadVerdict {
  return { ready: false, reason };
}

function faultOf(sample: ReadSample, readClass: ReadClass, limitMs: number): string | null {
  const blocked = sample.blocked[readClass];
  if (blocked !== undefined) return blocked;
  if (sample.lagSeconds === null) return 'its lag in seconds is not known';
  if (sample.lagSeconds * 1000 <= limitMs) return null;
  return `it may be ${formatDuration(sample.lagSeconds)} behind, above the limit of ${formatDuration(limitMs / 1000)}`;
}

/** When a verdict ended by silence alone (ms since 1970): nobody has measured for too long. Undefined while somebody does. */
export function silentSince(samples: readonly ReadSample[], nowMs: number): number | undefined {
  const newest = samples.at(-1);
  const endedAt = newest && newest.at + staleAfterSeconds * 1000;
  return endedAt !== undefined && nowMs > endedAt ? endedAt : undefined;
}

/** The samples that later verdicts still need. */
export function keptSamples(samples: readonly ReadSample[], nowMs: number): ReadSample[] {
  return samples.filter(({ at }) => nowMs - at <= (holdSeconds + staleAfterSeconds) * 1000);
}
