'use client';

import { classNames } from '@/components/ui/class-names';
import { useNow } from '@/components/ui/use-now';
import { ageSeconds } from '@/lib/base/time';

const steps: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** One unit is enough for an age that changes while one reads it: `12 s ago`, `5 min ago`, `in 3 h`. */
export function ageText(at: string, nowMs: number): string {
  const ahead = (new Date(at).getTime() - nowMs) / 1000;
  if (ahead > 1) return `in ${inOneUnit(ahead)}`;
  const seconds = ageSeconds(at, new Date(nowMs));
  return seconds < 1 ? 'now' : `${inOneUnit(seconds)} ago`;
}

function inOneUnit(seconds: number): string {
  const [size, name] = steps.find(([step]) => seconds >= step) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${name}`;
}

const localFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** Local time with UTC beside it, for titles: `21 Nov 2026, 11:02:03 (10:02:03 UTC)`. */
export function bothTimes(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return `${localFormat.format(date)} (${date.toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
}

interface AgeProps {
  at: string | null | undefined;
  /** Said when there is no time: `never`. */
  never?: string;
  /** Older than this it is marked as stale. */
  staleAfterSeconds?: number;
  className?: string;
}

/** How long ago (or ahead) something is, with local time and UTC in its title. */
export function Age({ at, never = 'never', staleAfterSeconds, className }: AgeProps) {
  const now = useNow();
  if (!at) return <span className={classNames('text-muted', className)}>{never}</span>;
  if (now === 0) return <time dateTime={at}>…</time>;
  const stale = staleAfterSeconds !== undefined && ageSeconds(at, new Date(now)) > staleAfterSeconds;
  return (
    <time
      dateTime={at}
      title={bothTimes(at)}
      className={classNames('whitespace-nowrap', stale && 'text-warn', className)}
    >
      {ageText(at, now)}
      {stale ? ' · stale' : ''}
    </time>
  );
}

/** A moment as local date and time, UTC in its title. */
export function Moment({ at, never = '–' }: { at: string | null | undefined; never?: string }) {
  if (!at) return <span className="text-muted">{never}</span>;
  return (
    <time dateTime={at} title={bothTimes(at)} className="whitespace-nowrap" suppressHydrationWarning>
      {localFormat.format(new Date(at))}
    </time>
  );
}
