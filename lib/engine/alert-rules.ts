import type { AlertLine, AlertPhase, AlertSubject, ChannelMessage } from '@/lib/contract/alerts';
import type { ChannelRules } from '@/lib/contract/channels';

/** What a rule looks at. */
export interface Tellable {
  subject: AlertSubject;
  level: 'warn' | 'crit';
  phase: AlertPhase;
  clusterId: string | null;
}

/**
 * What a channel is to be told of an alert now: nothing at all, later, or now. Broken glass everybody hears of, at any
 * hour.
 */
export function wordNow(alert: Tellable, rules: ChannelRules, now: Date): 'never' | 'later' | 'now' {
  if (alert.subject === 'break-glass') return 'now';
  const { subjects, clusterIds, level, resolved, quiet } = rules;
  if (!subjects.includes(alert.subject)) return 'never';
  if (level === 'crit' && alert.level !== 'crit') return 'never';
  if (clusterIds.length > 0 && (alert.clusterId === null || !clusterIds.includes(alert.clusterId)))
    return 'never';
  // That a plan waits no more is no news.
  if (alert.phase === 'resolved' && (!resolved || alert.subject === 'approval')) return 'never';
  if (quiet && isWithin(quiet, now) && !(quiet.exceptCrit && alert.level === 'crit')) return 'later';
  return 'now';
}

/** Whether a moment is between two times of the clock in a zone; the later one may be of the next day. */
export function isWithin({ from, to, zone }: { from: string; to: string; zone: string }, now: Date): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(now);
  return from <= to ? clock >= from && clock < to : clock >= from || clock < to;
}

/** Whether a zone is one that this machine knows. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** More than this in one message nobody reads; the console has them all. */
export const linesAtMost = 50;

const phaseRank: Record<AlertPhase, number> = { opened: 0, raised: 0, resolved: 1 };

/** Puts alerts into one message: what burns first, worst first, then what is over. */
export function messageOfAlerts(lines: readonly AlertLine[], consoleUrl: string): ChannelMessage {
  const sorted = [...lines].sort(
    (a, b) =>
      phaseRank[a.phase] - phaseRank[b.phase] ||
      Number(b.level === 'crit') - Number(a.level === 'crit') ||
      Date.parse(a.openedAt) - Date.parse(b.openedAt),
  );
  return {
    title: titleOf(sorted),
    lines: sorted.slice(0, linesAtMost),
    more: Math.max(0, sorted.length - linesAtMost),
    consoleUrl,
  };
}

function titleOf(lines: readonly AlertLine[]): string {
  const open = lines.filter(({ phase }) => phase !== 'resolved');
  const over = lines.length - open.length;
  const [only] = lines;
  if (lines.length === 1 && only) {
    const word = only.phase === 'resolved' ? 'Resolved' : only.level === 'crit' ? 'Critical' : 'Warning';
    return `${word}: ${only.title}${only.cluster ? ` on ${only.cluster}` : ''}`;
  }
  const clusters = [...new Set(lines.flatMap(({ cluster }) => cluster ?? []))];
  const where =
    clusters.length === 0
      ? ''
      : clusters.length > 3
        ? ` on ${clusters.length} clusters`
        : ` on ${clusters.join(', ')}`;
  const crit = open.filter(({ level }) => level === 'crit').length;
  const counts = [
    crit > 0 ? `${crit} critical` : '',
    open.length > crit ? `${open.length - crit} ${open.length - crit === 1 ? 'warning' : 'warnings'}` : '',
    over > 0 ? `${over} resolved` : '',
  ].filter(Boolean);
  return `${counts.join(', ')}${where}`;
}
