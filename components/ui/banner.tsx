import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';
import { StatusMark } from '@/components/ui/status-mark';

interface BannerProps {
  tone: 'warn' | 'crit' | 'unknown' | 'info';
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

const tones = {
  warn: 'bg-warn-soft',
  crit: 'bg-crit-soft',
  unknown: 'bg-unknown-soft',
  info: 'bg-stale-soft',
};

/** Something about the whole page that one must know before reading it. */
export function Banner({ tone, title, children, actions }: BannerProps) {
  return (
    <div
      role="status"
      className={classNames(
        'flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-3 py-2 text-sm',
        tones[tone],
      )}
    >
      <div className="min-w-0 flex-1 basis-64">
        <StatusMark status={tone} word={title} />
        {children ? <div className="mt-0.5 text-ink">{children}</div> : null}
      </div>
      {actions}
    </div>
  );
}
