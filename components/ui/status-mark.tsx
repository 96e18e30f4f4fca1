import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CircleMinus,
  CirclePause,
  CircleQuestionMark,
  CircleX,
  Clock,
  Hourglass,
  type LucideIcon,
  OctagonAlert,
  TriangleAlert,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

type Tone = 'ok' | 'warn' | 'crit' | 'unknown' | 'stale' | 'active';

interface Look {
  tone: Tone;
  icon: LucideIcon;
  word: string;
}

/** Every state that the console shows, each with its icon and word; colour only repeats them. */
const statuses = {
  ok: { tone: 'ok', icon: CircleCheck, word: 'OK' },
  warn: { tone: 'warn', icon: TriangleAlert, word: 'Warning' },
  crit: { tone: 'crit', icon: OctagonAlert, word: 'Critical' },
  unknown: { tone: 'unknown', icon: CircleQuestionMark, word: 'Unknown' },
  stale: { tone: 'stale', icon: Clock, word: 'Stale' },
  timeout: { tone: 'unknown', icon: Hourglass, word: 'Timed out' },
  error: { tone: 'crit', icon: CircleX, word: 'Error' },
  pass: { tone: 'ok', icon: CircleCheck, word: 'Pass' },
  partial: { tone: 'warn', icon: CircleAlert, word: 'Partial' },
  fail: { tone: 'crit', icon: CircleX, word: 'Fail' },
  info: { tone: 'stale', icon: CircleDot, word: 'Info' },
  'not-applicable': { tone: 'stale', icon: CircleMinus, word: 'Not applicable' },
  queued: { tone: 'stale', icon: Hourglass, word: 'Queued' },
  planning: { tone: 'active', icon: CircleDashed, word: 'Planning' },
  ready: { tone: 'ok', icon: CircleCheck, word: 'Ready' },
  blocked: { tone: 'crit', icon: Ban, word: 'Blocked' },
  running: { tone: 'active', icon: CircleDot, word: 'Running' },
  succeeded: { tone: 'ok', icon: CircleCheck, word: 'Succeeded' },
  failed: { tone: 'crit', icon: CircleX, word: 'Failed' },
  cancelled: { tone: 'stale', icon: Ban, word: 'Cancelled' },
  'needs-decision': { tone: 'warn', icon: CircleAlert, word: 'Needs a decision' },
  pending: { tone: 'stale', icon: CircleDashed, word: 'Not started' },
  started: { tone: 'active', icon: CircleDot, word: 'Running' },
  done: { tone: 'ok', icon: CircleCheck, word: 'Done' },
  undecided: { tone: 'warn', icon: CircleAlert, word: 'Undecided' },
  draft: { tone: 'stale', icon: CircleDashed, word: 'Draft' },
  active: { tone: 'ok', icon: CircleCheck, word: 'Active' },
  paused: { tone: 'stale', icon: CirclePause, word: 'Paused' },
  removed: { tone: 'stale', icon: Ban, word: 'Removed' },
  draining: { tone: 'warn', icon: Hourglass, word: 'Draining' },
  stopped: { tone: 'stale', icon: CircleMinus, word: 'Stopped' },
  unreachable: { tone: 'crit', icon: CircleX, word: 'Unreachable' },
  disabled: { tone: 'stale', icon: Ban, word: 'Disabled' },
  expired: { tone: 'stale', icon: Clock, word: 'Expired' },
  missing: { tone: 'crit', icon: CircleX, word: 'Missing' },
  gone: { tone: 'crit', icon: CircleX, word: 'Gone outside' },
  open: { tone: 'ok', icon: CircleCheck, word: 'Open' },
  closing: { tone: 'active', icon: CircleDashed, word: 'Closing' },
  closed: { tone: 'stale', icon: CircleMinus, word: 'Closed' },
  lost: { tone: 'crit', icon: CircleX, word: 'Lost' },
} as const satisfies Record<string, Look>;

export type Status = keyof typeof statuses;

const textTones: Record<Tone, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  crit: 'text-crit',
  unknown: 'text-unknown',
  stale: 'text-stale',
  active: 'text-accent',
};

const badgeTones: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  crit: 'bg-crit-soft text-crit',
  unknown: 'bg-unknown-soft text-unknown',
  stale: 'bg-stale-soft text-stale',
  active: 'bg-accent-soft text-accent',
};

/** Whether a text from the API is a state that has a look; anything else is shown as `unknown` with its word. */
export function isStatus(text: string): text is Status {
  return Object.hasOwn(statuses, text);
}

export function statusWord(status: string): string {
  return isStatus(status) ? statuses[status].word : status;
}

interface StatusMarkProps {
  status: string;
  /** Another word beside the icon; `''` leaves the icon alone with the usual word for readers. */
  word?: ReactNode;
  className?: string;
}

/** Icon and word of a state, in its colour. */
export function StatusMark({ status, word, className }: StatusMarkProps) {
  const look: Look = isStatus(status) ? statuses[status] : { ...statuses.unknown, word: status };
  const Icon = look.icon;
  return (
    <span
      className={classNames('inline-flex items-center gap-1 font-medium', textTones[look.tone], className)}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      {word === '' ? <span className="sr-only">{look.word}</span> : <span>{word ?? look.word}</span>}
    </span>
  );
}

/** The same as a small filled label, for rows and headers. */
export function StatusBadge({ status, word, className }: StatusMarkProps) {
  const look: Look = isStatus(status) ? statuses[status] : { ...statuses.unknown, word: status };
  const Icon = look.icon;
  return (
    <span
      className={classNames(
        'inline-flex items-center gap-1 rounded px-1.5 text-xs leading-5 font-medium whitespace-nowrap',
        badgeTones[look.tone],
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {word ?? look.word}
    </span>
  );
}

/** A word in a box, without a status: an environment, a version, a role. */
export function Badge({
  children,
  className,
  title,
}: {
  children: ReactNode;
  className?: string;
  title?: string;
}) {
  return (
    <span
      title={title}
      className={classNames(
        'inline-flex items-center gap-1 rounded border border-line px-1.5 text-xs leading-4.5 whitespace-nowrap text-muted',
        className,
      )}
    >
      {children}
    </span>
  );
}
