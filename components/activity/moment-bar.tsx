'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { bothTimes } from '@/components/ui/age';
import { Button, IconButton } from '@/components/ui/button';

const stepMs = 10_000;

/** The moment that is shown, `''` for now. It lives in the URL. */
export function useMoment(): string {
  const [at] = useUrlState('at');
  return at && !Number.isNaN(Date.parse(at)) ? new Date(at).toISOString() : '';
}

export function showMoment(at: number | null): void {
  setUrl({ at: at === null || at > Date.now() - stepMs ? null : new Date(at).toISOString() }, 'push');
}

/** Goes through the past in steps of ten seconds, and back to now. */
export function MomentBar({ seenAt }: { seenAt: string | null }) {
  const at = useMoment();
  const here = at ? Date.parse(at) : seenAt ? Date.parse(seenAt) : Date.now();
  return (
    <div className="flex flex-wrap items-center gap-1.5 text-sm">
      <IconButton label="Ten seconds earlier" size="small" onClick={() => showMoment(here - stepMs)}>
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <span suppressHydrationWarning>{at ? bothTimes(seenAt ?? at) : 'Now'}</span>
      {at ? (
        <>
          <IconButton label="Ten seconds later" size="small" onClick={() => showMoment(here + stepMs)}>
            <ChevronRight aria-hidden className="size-4" />
          </IconButton>
          <Button size="small" onClick={() => showMoment(null)}>
            Back to now
          </Button>
        </>
      ) : null}
    </div>
  );
}
