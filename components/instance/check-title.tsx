'use client';

import { Info } from 'lucide-react';
import { setUrl } from '@/components/data/url-state';
import { IconButton } from '@/components/ui/button';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState } from '@/lib/contract/checks';

/** A panel's title with the check's level when it is not fine, and the way to what it reads and why. */
export function CheckTitle({ check, title }: { check: CheckState; title: string }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      {title}
      {check.level && check.level !== 'ok' ? <StatusMark status={check.level} className="text-xs" /> : null}
      <IconButton
        label={`About ${check.title}`}
        size="small"
        className="no-print min-h-6"
        onClick={() => setUrl({ about: check.id }, 'push')}
      >
        <Info aria-hidden className="size-3.5" />
      </IconButton>
    </span>
  );
}
