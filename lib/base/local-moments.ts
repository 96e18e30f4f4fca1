/** Minutes that local time is ahead of UTC at a moment; those of this process or browser unless said. */
export type ZoneMinutes = (at: Date) => number;

const ownMinutes: ZoneMinutes = (at) => -at.getTimezoneOffset();

/** A moment in local time as a field for dates takes it, to the second: `2026-11-21T10:15:00`. */
export function localText(at: Date, minutesAt: ZoneMinutes = ownMinutes): string {
  return new Date(at.getTime() + minutesAt(at) * 60_000).toISOString().slice(0, 19);
}

/**
 * The moments that a local time without an offset can mean, earliest first: one as a rule, two in the hour that clocks
 * go through twice, none in the one that they skip or when it is no time.
 */
export function momentsOfLocal(text: string, minutesAt: ZoneMinutes = ownMinutes): Date[] {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return [];
  // No zone changes its clocks twice within two days.
  const offsets = [-86_400_000, 86_400_000].map((by) => minutesAt(new Date(asUtc + by)));
  return [...new Set(offsets)]
    .map((minutes) => new Date(asUtc - minutes * 60_000))
    .filter((at) => at.getTime() + minutesAt(at) * 60_000 === asUtc)
    .sort((a, b) => a.getTime() - b.getTime());
}

/** `UTC+02:00`, `UTC−03:30`. */
export function offsetText(at: Date, minutesAt: ZoneMinutes = ownMinutes): string {
  const minutes = minutesAt(at);
  const part = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `UTC${minutes < 0 ? '−' : '+'}${part(minutes / 60)}:${part(minutes % 60)}`;
}
