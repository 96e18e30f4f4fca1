'use client';

import { ChevronLeft, ChevronRight, Link2 } from 'lucide-react';
import { useEffect } from 'react';
import {
  boundsOf,
  type Range,
  shiftRange,
  showComparison,
  showNamedRange,
  showWindow,
  useRange,
} from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { Button, IconButton } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import { formatDuration } from '@/lib/base/format';
import { rangeNames } from '@/lib/base/time';

const compareOptions = [
  { value: 'yesterday', label: 'Same window yesterday' },
  { value: 'last-week', label: 'Same window last week' },
];

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null;
}

/** Chooses the range of the whole page; it lives in the URL. Lists have nothing to draw another day beside. */
export function RangeBar({ withoutComparison = false }: { withoutComparison?: boolean }) {
  const range = useRange();
  const [compare] = useUrlState('compare');
  const toast = useToast();

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '[') shiftRange(range, -1);
      if (event.key === ']') shiftRange(range, 1);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [range]);

  const copyFrozen = async () => {
    const { from, to } = boundsOf(range);
    const url = new URL(window.location.href);
    url.searchParams.delete('range');
    url.searchParams.set('from', new Date(from).toISOString());
    url.searchParams.set('to', new Date(to).toISOString());
    await navigator.clipboard.writeText(url.href);
    toast({ title: 'Link copied', text: 'It shows exactly this window, whenever it is opened.', tone: 'ok' });
  };

  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
      <IconButton label="Earlier  [" size="small" onClick={() => shiftRange(range, -1)}>
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      {/* biome-ignore lint/a11y/useSemanticElements: a toolbar of choices, not a form's fieldset */}
      <div role="group" aria-label="Range" className="flex rounded-md border border-edge/60 bg-surface">
        {rangeNames.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={range.name === name}
            onClick={() => showNamedRange(name)}
            className={classNames(
              'h-7 px-2 text-sm font-medium first:rounded-l-md last:rounded-r-md',
              range.name === name ? 'bg-accent text-accent-ink' : 'text-muted hover:bg-sunken hover:text-ink',
            )}
          >
            {name}
          </button>
        ))}
      </div>
      <IconButton label="Later  ]" size="small" onClick={() => shiftRange(range, 1)}>
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
      <RangeText range={range} />
      {withoutComparison ? null : (
        <Select
          aria-label="Compare with"
          placeholder="No comparison"
          options={compareOptions}
          value={compare}
          onChange={(event) => showComparison(event.target.value || null)}
          className="h-7 w-48 text-sm max-sm:hidden"
        />
      )}
      <Button
        look="quiet"
        size="small"
        icon={<Link2 aria-hidden className="size-3.5" />}
        onClick={() => void copyFrozen()}
        className="max-sm:hidden"
      >
        Copy this window
      </Button>
    </div>
  );
}

function RangeText({ range }: { range: Range }) {
  if (range.name) return null;
  const { from, to } = boundsOf(range);
  return (
    <span className="flex flex-wrap items-center gap-x-2 text-sm">
      <span title={`${range.from} to ${range.to}`}>
        {moment.format(from)} to {moment.format(to)} ({formatDuration((to - from) / 1000)})
      </span>
      <Button
        look="quiet"
        size="small"
        onClick={() => showWindow(from - (to - from) / 2, to + (to - from) / 2)}
      >
        Zoom out
      </Button>
      <Button look="quiet" size="small" onClick={() => showNamedRange('1h')}>
        Back to live
      </Button>
    </span>
  );
}
