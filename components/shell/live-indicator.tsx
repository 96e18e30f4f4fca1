'use client';

import { Radio, RefreshCw, WifiOff } from 'lucide-react';
import { useLiveState } from '@/components/data/live';
import { classNames } from '@/components/ui/class-names';

const looks = {
  live: {
    word: 'Live',
    icon: Radio,
    colour: 'text-ok',
    title: 'Changes appear by themselves, within two seconds.',
  },
  connecting: {
    word: 'Connecting',
    icon: RefreshCw,
    colour: 'text-muted',
    title: 'The page is opening its live stream.',
  },
  offline: {
    word: 'Polling',
    icon: WifiOff,
    colour: 'text-warn',
    title: 'No live stream: the page asks every 10 s. It goes back to live by itself.',
  },
} as const;

/** Whether the page hears of changes at once or has to ask. */
export function LiveIndicator() {
  const look = looks[useLiveState()];
  const Icon = look.icon;
  return (
    <span
      role="status"
      title={look.title}
      className={classNames('inline-flex items-center gap-1 text-xs font-medium', look.colour)}
    >
      <Icon aria-hidden className="size-3.5" />
      <span className="max-sm:sr-only">{look.word}</span>
    </span>
  );
}
