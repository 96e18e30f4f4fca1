import { CronExpressionParser } from 'cron-parser';
import { PlumblineError } from '@/lib/base/errors';

function parse(cron: string, zone: string, after: Date) {
  if (cron.trim().split(/\s+/).length !== 5) {
    throw new PlumblineError('bad-input', 'A schedule needs the five fields of cron.', {
      next: 'Write minute, hour, day of month, month and day of week, like `30 2 * * *`.',
      fields: { cron: 'needs five fields: minute, hour, day of month, month, day of week' },
    });
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch (cause) {
    throw new PlumblineError('bad-input', `${zone} is not a time zone.`, {
      next: 'Write an IANA name like Europe/Vienna or UTC.',
      fields: { zone: 'is not an IANA time zone' },
      cause,
    });
  }
  try {
    return CronExpressionParser.parse(cron, { tz: zone, currentDate: after });
  } catch (cause) {
    throw new PlumblineError('bad-input', 'This is not a cron expression.', {
      next: 'Write minute, hour, day of month, month and day of week, like `30 2 * * *`.',
      fields: { cron: cause instanceof Error ? cause.message : 'cannot be read' },
      cause,
    });
  }
}

/**
 * The first moment after `after` that a cron line names, on the clock of an IANA zone. A time that a change of the
 * clock skips fires right after the gap; one that comes twice fires once.
 *
 * @throws PlumblineError `bad-input` with the field that cannot be read.
 */
export function nextFire(cron: string, zone: string, after: Date): Date {
  try {
    return parse(cron, zone, after).next().toDate();
  } catch (cause) {
    if (cause instanceof PlumblineError) throw cause;
    throw new PlumblineError('bad-input', 'This schedule never fires.', {
      next: 'Choose a day that exists, like `0 3 1 * *`.',
      fields: { cron: 'names no moment of the next years' },
      cause,
    });
  }
}

/** The last moment before or at `before` that a cron line names. */
export function lastFire(cron: string, zone: string, before: Date): Date {
  return parse(cron, zone, new Date(before.getTime() + 1))
    .prev()
    .toDate();
}
